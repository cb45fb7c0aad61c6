/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit/snap.h"

#include <math.h>

#include "base/error.h"
#include "phantom-pair.h"

#define SIDE 400

typedef struct
{
  PhantomPair   pair;
  PmtTransform *map;          /* the truth */
  PmtSnapper   *snapper;
} Scene;

static void
scene_init (Scene *scene, PhantomBand band)
{
  static const PmtMatrix3 truth = { { { 0.99, -0.12, 26 }, { 0.11, 1.02, -14 }, { 2e-5, -1e-5, 1 } } };
  const PhantomPairOptions options = { .seed = 5, .noise = 3, .painting = 640, .side = SIDE, .corner = { 120, 110 },
                                       .moving = band, .private_share = band == PHANTOM_BAND_VISIBLE ? 0 : 0.3 };
  g_autoptr (PmtTransform) none = pmt_transform_new ((PmtSize) { SIDE, SIDE }, (PmtSize) { SIDE, SIDE });

  phantom_pair_init (&scene->pair, &options, &truth);
  scene->map = pmt_transform_append_matrix (none, &truth, (PmtSize) { SIDE, SIDE }, NULL, NULL);
  scene->snapper = pmt_snapper_new (NULL, scene->pair.fixed, scene->pair.moving, NULL);
  g_assert_nonnull (scene->snapper);
}

static void
scene_clear (Scene *scene)
{
  pmt_snapper_free (scene->snapper);
  pmt_transform_unref (scene->map);
  phantom_pair_clear (&scene->pair);
}

/* Forty places, each foretold `off` px from the truth in a direction of its own: how many are snapped, and how many of these
 * to within `exact` px. */
static void
snap_all (const Scene *scene, double off, double radius, double exact, int *snapped, int *right)
{
  *snapped = *right = 0;
  for (int k = 0; k < 40; k++)
    {
      PmtPoint fixed = { 70.3 + 36.7 * (k % 8), 80.9 + 55.1 * (k / 8) }, truth, foretold;
      PmtSnap  snap;

      pmt_transform_map (scene->map, 1, &fixed, &truth);
      foretold = (PmtPoint) { truth.x + off * cos (k), truth.y + off * sin (k) };
      g_assert_true (pmt_snap (scene->snapper, NULL, scene->map, fixed, foretold, radius, &snap, NULL));
      g_assert_cmpfloat (hypot (snap.moving.x - foretold.x, snap.moving.y - foretold.y), <=, radius);
      if (!snap.found)
        {
          g_assert_true (snap.moving.x == foretold.x && snap.moving.y == foretold.y && snap.confidence == 0);
          continue;
        }
      g_assert_true (snap.confidence > 0.5 && snap.confidence <= 1 && snap.sigma > 0);
      *snapped += 1;
      *right += hypot (snap.moving.x - truth.x, snap.moving.y - truth.y) < exact;
    }
}

/* Within 1 px is what the confidence speaks of; pictures of one kind with noise of 1 % allow far less. */
static void
test_kinds (void)
{
  static const struct { PhantomBand band; double exact; } kinds[] =
  {
    { PHANTOM_BAND_VISIBLE, 0.2 }, { PHANTOM_BAND_INFRARED, 1.0 }
  };

  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      Scene scene;
      int   snapped, right;

      scene_init (&scene, kinds[k].band);
      snap_all (&scene, 4, 12, kinds[k].exact, &snapped, &right);
      g_test_message ("%d of 40 snapped, %d of them right", snapped, right);
      g_assert_cmpint (snapped, >=, 24);
      g_assert_cmpint (right, >=, snapped * 9 / 10);
      scene_clear (&scene);
    }
}

/* A radius of many pixels: over coarser levels. */
static void
test_far (void)
{
  Scene scene;
  int   snapped, right;

  scene_init (&scene, PHANTOM_BAND_VISIBLE);
  snap_all (&scene, 25, 40, 0.2, &snapped, &right);
  g_test_message ("%d of 40 snapped, %d of them right", snapped, right);
  g_assert_cmpint (snapped, >=, 16);
  g_assert_cmpint (right, >=, snapped * 9 / 10);
  scene_clear (&scene);
}

/* Where the right place is beyond the radius, nothing wrong is believed: one in twenty may be. */
static void
test_beyond (void)
{
  Scene scene;
  int   snapped, right;

  scene_init (&scene, PHANTOM_BAND_VISIBLE);
  snap_all (&scene, 18, 6, 1, &snapped, &right);
  g_test_message ("%d of 40 snapped", snapped);
  g_assert_cmpint (snapped, <=, 2);
  scene_clear (&scene);
}

static PmtSource *
flat (float value)
{
  g_autofree float *pixels = g_new (float, SIDE * SIDE);

  for (int i = 0; i < SIDE * SIDE; i++)
    pixels[i] = value + (i < 20 * SIDE && i % 7 == 0);      /* something at the top, so that it is a picture at all */
  return pmt_source_memory_new (SIDE, SIDE, 1, -1, 1, pixels, SIDE, NULL);
}

static void
test_nothing (void)
{
  g_autoptr (PmtSource)    source = flat (10);
  g_autoptr (PmtSnapper)   snapper = pmt_snapper_new (NULL, source, source, NULL);
  g_autoptr (PmtTransform) map = pmt_transform_new ((PmtSize) { SIDE, SIDE }, (PmtSize) { SIDE, SIDE });
  static const PmtPoint    places[] = { { 200, 250 }, { -50, 100 }, { 399, 399 }, { 900, 100 } };
  PmtSnap                  snap;

  for (guint k = 0; k < G_N_ELEMENTS (places); k++)
    {
      g_assert_true (pmt_snap (snapper, NULL, map, places[k], places[k], 10, &snap, NULL));
      g_assert_false (snap.found);
    }
}

static void
test_bad (void)
{
  g_autoptr (PmtSource)    source = flat (10);
  g_autoptr (PmtSnapper)   snapper = pmt_snapper_new (NULL, source, source, NULL);
  g_autoptr (PmtTransform) map = pmt_transform_new ((PmtSize) { SIDE, SIDE }, (PmtSize) { SIDE, SIDE });
  static const struct { PmtPoint fixed, moving; double radius; } bad[] =
  {
    { { 1, 1 }, { 1, 1 }, 0 }, { { 1, 1 }, { 1, 1 }, NAN }, { { NAN, 1 }, { 1, 1 }, 1 }, { { 1, 1 }, { 1, INFINITY }, 1 }
  };

  for (guint k = 0; k < G_N_ELEMENTS (bad); k++)
    {
      g_autoptr (GError) error = NULL;
      PmtSnap            snap;

      g_assert_false (pmt_snap (snapper, NULL, map, bad[k].fixed, bad[k].moving, bad[k].radius, &snap, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/snap/kinds", test_kinds);
  g_test_add_func ("/snap/far", test_far);
  g_test_add_func ("/snap/beyond", test_beyond);
  g_test_add_func ("/snap/nothing", test_nothing);
  g_test_add_func ("/snap/bad", test_bad);
  return g_test_run ();
}
