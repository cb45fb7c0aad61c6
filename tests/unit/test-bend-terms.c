/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person says of a bend: a stiff panel beside soft canvas, and landmarks where nothing is to be seen. */
#include <math.h>
#include <string.h>

#include "bent-scene.h"
#include "briefly.h"

/* -- what keeps its shape -- */

typedef struct { double median, p95; } Error;

static Error
error_over (const PmtRegistration *r, const Bend *b, const PmtRect *rect)
{
  return (Error) { bent_error (r->transform, b, rect, 0.5), bent_error (r->transform, b, rect, 0.95) };
}

/* What the map is for: without it the panel bends along. */
static void
is_better_than_without (const PmtRegistration *rigid, const BentScene *s)
{
  PmtRegisterOptions          options = { .model = PMT_MODEL_SMOOTH };
  g_autoptr (PmtRegistration) soft = bent_fit (s, &options, 0);
  Error                       before = error_over (soft, &s->bend, &s->bend.panel), after = error_over (rigid, &s->bend, &s->bend.panel);

  g_test_message ("panel without the map: %.3f px, 95 %% below %.3f", before.median, before.p95);
  g_assert_cmpfloat (after.median, <, before.median);
  g_assert_cmpfloat (after.p95, <, 0.2 * before.p95);
  g_assert_true (isnan (soft->terms.rigid_share) && bent_reason (soft, "rigid") == NULL);
}

static void
is_the_same_with_two_threads (const PmtRegistration *rigid, const BentScene *s, PmtRegisterOptions *options)
{
  g_autoptr (PmtRegistration) again = bent_fit (s, options, 2);
  g_autofree char            *once = pmt_transform_to_json (rigid->transform), *twice = pmt_transform_to_json (again->transform);

  g_assert_cmpstr (once, ==, twice);
}

/* The panel is half as large again as the waves are long; half of what the X-ray shows is its own. */
static void
test_rigid (void)
{
  static const Bend           b = { 7, { 60, 70, 200, 260 }, 60, 0.015, { 0, 0 }, { 0, 0 }, 0 };
  g_autoptr (PmtSource)       map = bent_map (&b.panel, 1, 0);
  PmtRegisterOptions          options = { .model = PMT_MODEL_SMOOTH, .rigid = map };
  g_autoptr (PmtRegistration) rigid = NULL;
  Error                       panel, all;
  BentScene                   s;

  bent_scene_init (&s, &b, PHANTOM_BAND_XRAY, 0.5, 5);
  rigid = bent_fit (&s, &options, 1);
  panel = error_over (rigid, &b, &b.panel);
  all = error_over (rigid, &b, NULL);
  g_test_message ("panel: %.3f px, 95 %% below %.3f; all: %.3f and %.3f; strain %.2g", panel.median, panel.p95, all.median,
                  all.p95, rigid->terms.rigid_strain);
  g_assert_cmpfloat (panel.p95, <, 0.2);
  g_assert_cmpfloat (all.median, <, 0.2);
  g_assert_cmpfloat (rigid->terms.rigid_strain, <, 1e-4);
  g_assert_cmpfloat_with_epsilon (rigid->terms.rigid_share, 200.0 * 260 / (BENT_WIDTH * BENT_HEIGHT), 0.01);
  g_assert_true (bent_reason (rigid, "rigid")->passed);
  if (!BRIEFLY)
    {
      is_better_than_without (rigid, &s);
      is_the_same_with_two_threads (rigid, &s, &options);
    }
  bent_scene_clear (&s);
}

/* -- landmarks -- */

static double
distance (const PmtRegistration *r, const PmtLandmark *l)
{
  PmtPoint q;

  pmt_transform_map (r->transform, 1, &l->fixed, &q);
  return hypot (q.x - l->moving.x, q.y - l->moving.y);
}

/* Landmarks in the hole lie elsewhere without their help, and so does all of it. options: without landmarks. */
static void
are_nearer_than_without (const PmtRegistration *after, const BentScene *s, PmtRegisterOptions *options, const PmtRect *hole,
                         const PmtLandmark *landmarks, int n)
{
  g_autoptr (PmtRegistration) before = bent_fit (s, options, 0);
  double                      p95 = bent_error (before->transform, &s->bend, hole, 0.95);

  for (int k = 0; k < n; k++)
    {
      g_test_message ("landmark %d: %.2f px off, %.2f px without landmarks", k + 1, distance (after, &landmarks[k]),
                      distance (before, &landmarks[k]));
      g_assert_cmpfloat (distance (before, &landmarks[k]), >, 4);
    }
  g_test_message ("in the hole 95 %% below %.2f px; without landmarks %.2f", bent_error (after->transform, &s->bend, hole, 0.95), p95);
  g_assert_cmpfloat (bent_error (after->transform, &s->bend, hole, 0.95), <, 0.6 * p95);
  g_assert_null (bent_reason (before, "landmarks"));
}

/* A hole that is not looked at, in which the painting has moved by more than its surroundings tell. Five landmarks lie in it, and one 30 px
 * beside the mark in a place that is to be seen. */
static void
test_landmarks (void)
{
  static const Bend           b = { 6, { 0, 0, 0, 0 }, 0, 0, { 300, 220 }, { 9, -6 }, 95 };
  static const PmtRect        hole = { 215, 140, 170, 160 };
  static const PmtPoint       places[] = { { 300, 220 }, { 270, 205 }, { 330, 240 }, { 295, 185 }, { 310, 255 }, { 100, 100 } };
  const int                   n = G_N_ELEMENTS (places);
  PmtLandmark                 landmarks[G_N_ELEMENTS (places)];
  g_autoptr (PmtSource)       mask = bent_map (&hole, 0, 1);
  PmtRegisterOptions          options = { .model = PMT_MODEL_SMOOTH, .moving_mask = mask, .landmarks = landmarks };
  g_autoptr (PmtRegistration) after = NULL;
  BentScene                   s;

  for (int k = 0; k < n; k++)
    landmarks[k] = (PmtLandmark) { places[k], bent_truth (&b, places[k]), 2 };
  landmarks[n - 1].moving.x += 30;
  bent_scene_init (&s, &b, PHANTOM_BAND_INFRARED, 0, 7);
  options.n_landmarks = n;
  after = bent_fit (&s, &options, 0);
  for (int k = 0; k < n - 1; k++)
    g_assert_cmpfloat (distance (after, &landmarks[k]), <, 4);
  g_assert_cmpfloat (bent_error (after->transform, &b, NULL, 0.5), <, 0.6);
  g_assert_cmpint (after->terms.landmarks, ==, n);
  g_assert_cmpfloat (after->terms.worst, >, 25);
  g_assert_cmpfloat (after->terms.median, <, 2);
  g_assert_false (bent_reason (after, "landmarks")->passed);
  g_assert_nonnull (strstr (bent_reason (after, "landmarks")->text, "1 of 6 landmarks lie far"));
  g_assert_nonnull (bent_reason (after, "landmarks")->advice);
  g_assert_cmpint (after->verdict, !=, PMT_VERDICT_OK);
  options.n_landmarks = 0;
  if (!BRIEFLY)
    are_nearer_than_without (after, &s, &options, &hole, landmarks, n - 1);
  bent_scene_clear (&s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bend-terms/rigid", test_rigid);
  g_test_add_func ("/bend-terms/landmarks", test_landmarks);
  return g_test_run ();
}
