/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles on an overview of another kind, and on each other. */
#include <math.h>

#include "group/group.h"
#include "briefly.h"
#include "phantom.h"

#define SIDE     260     /* px of a tile */
#define ACROSS   (BRIEFLY ? 2 : 3)
#define TILES    (ACROSS * ACROSS)
#define COARSER  4.0
#define PAINTING 720

typedef struct
{
  PmtSource *source[TILES + 1];      /* the overview first */
  PmtMatrix3 view[TILES + 1];        /* image → painting */
  PmtPoint   hint[TILES + 1];
} Scene;

static PmtSource *
picture (Phantom *phantom, PhantomBand band, int side, const PmtMatrix3 *view, double gain, guint64 seed)
{
  PhantomCamera camera;

  phantom_camera_init (&camera, side, side);
  camera.view = *view;
  camera.gain = gain;
  camera.noise = 0.01;
  camera.noise_seed = seed;
  camera.bits = 16;
  return phantom_render_source (NULL, phantom, band, &camera, NULL);
}

/* Tiles `step` px apart, each a little turned and not quite in its place. */
static void
scene_init (Scene *s, double step, PhantomBand overview)
{
  PhantomOptions      options;
  g_autoptr (Phantom) phantom = NULL;

  phantom_options_init (&options);
  options.width = options.height = PAINTING;
  options.density = 1;
  phantom = phantom_new (21, &options, NULL);
  s->view[0] = pmt_matrix3_scaling (COARSER, COARSER);
  s->source[0] = picture (phantom, overview, (int) (PAINTING / COARSER), &s->view[0], 1, 99);
  s->hint[0] = (PmtPoint) { NAN, NAN };
  for (int i = 0; i < TILES; i++)
    {
      double a = 0.01 * ((i * 5) % 7 - 3), x = 12 + step * (i % ACROSS) + (i * 3) % 5, y = 10 + step * (i / ACROSS) + (i * 7) % 4;

      s->view[i + 1] = (PmtMatrix3) { { { cos (a), -sin (a), x }, { sin (a), cos (a), y }, { 0, 0, 1 } } };
      s->source[i + 1] = picture (phantom, PHANTOM_BAND_INFRARED, SIDE, &s->view[i + 1], 0.6 + 0.05 * i, 200 + i);
      s->hint[i + 1] = (PmtPoint) { 12 + step * (i % ACROSS) + SIDE / 2.0 + 9, 10 + step * (i / ACROSS) + SIDE / 2.0 - 7 };
    }
}

static void
scene_clear (Scene *s)
{
  for (int i = 0; i <= TILES; i++)
    pmt_source_unref (s->source[i]);
}

static PmtSource *
open_all (int i, gpointer data, GError **error)
{
  return pmt_source_ref (((Scene *) data)->source[i]);
}

/* Median over the tiles of the mean distance from the truth. */
static double
median_error (const Scene *s, const PmtGroup *g)
{
  double error[TILES + 1];
  int    n = 0;

  for (int i = 0; i < g->n; i++)
    {
      PmtMatrix3 back, truth;
      double     sum = 0;

      if (i == g->reference || g->images[i].transform == NULL)
        continue;
      pmt_matrix3_invert (&s->view[i], &back);
      truth = pmt_matrix3_then (&s->view[g->reference], &back);
      pmt_matrix3_invert (&truth, &back);
      for (int k = 0; k < 9; k++)
        {
          PmtPoint q = { SIDE * (0.1 + 0.4 * (k % 3)), SIDE * (0.1 + 0.4 * (k / 3)) }, p = pmt_matrix3_map (&back, q), r;

          pmt_transform_map (g->images[i].transform, 1, &p, &r);
          sum += hypot (q.x - r.x, q.y - r.y) / 9;
        }
      error[n] = sum;
      for (int k = n++; k > 0 && error[k - 1] > error[k]; k--)
        {
          double swap = error[k];

          error[k] = error[k - 1];
          error[k - 1] = swap;
        }
    }
  return n > 0 ? error[n / 2] : NAN;
}

static void
options_init (PmtGroupOptions *o, PmtGroupOrder order)
{
  pmt_group_options_init (o);
  o->order = order;
  o->pair.model = PMT_MODEL_SIMILARITY;
  o->pair.preparation = "none";
}

static void
test_on_overview (void)
{
  Scene                s;
  PmtGroupOptions      o;
  g_autoptr (PmtGroup) g = NULL;

  scene_init (&s, 218, PHANTOM_BAND_VISIBLE);
  options_init (&o, PMT_GROUP_OVERVIEW);
  o.scale = COARSER;
  for (int i = 0; i <= TILES; i++)
    s.hint[i] = (PmtPoint) { s.hint[i].x / COARSER, s.hint[i].y / COARSER };
  o.position = s.hint;
  g = pmt_group_register (NULL, TILES + 1, open_all, &s, &o, NULL);
  g_assert_nonnull (g);
  g_test_message ("%s: %d placed, %u pairs, median error %.3f px, off %.3f px", pmt_verdict_to_nick (g->verdict), g->placed,
                  g->pairs->len, median_error (&s, g), g->misfit_median);
  g_assert_cmpint (g->placed, ==, TILES + 1);
  g_assert_cmpint (g->verdict, ==, PMT_VERDICT_OK);
  g_assert_cmpfloat (g->misfit_median, <, 0.1);       /* neighbours */
  g_assert_cmpint (g->reference, ==, 0);
  g_assert_cmpfloat (median_error (&s, g), <, 0.5);
  scene_clear (&s);
}

/* Tiles without any overlap: each by the overview alone. */
static void
test_trimmed (void)
{
  Scene                s;
  PmtGroupOptions      o;
  g_autoptr (PmtGroup) g = NULL;

  scene_init (&s, 280, PHANTOM_BAND_INFRARED);
  for (int i = 3; i <= TILES; i++)
    pmt_source_unref (s.source[i]);
  options_init (&o, PMT_GROUP_OVERVIEW);
  o.scale = COARSER;                                  /* no hints: where they lie is found */
  o.pair.search = PMT_SEARCH_FRONTAL;
  g = pmt_group_register (NULL, 3, open_all, &s, &o, NULL);
  g_assert_nonnull (g);
  g_assert_cmpint (g->placed, ==, 3);
  g_assert_cmpfloat (median_error (&s, g), <, 0.5);
  for (int i = 0; i < 3; i++)
    pmt_source_unref (s.source[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mosaic/on-overview", test_on_overview);
  g_test_add_func ("/mosaic/trimmed", test_trimmed);
  return g_test_run ();
}
