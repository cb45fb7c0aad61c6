/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How exact a mosaic is, and whether its errors grow from one side to the other: a painting in infrared tiles, on an overview in
 * visible light, against chained neighbours. By hand:
 *
 *     mosaics --across 12 --side 1400          # 144 tiles of 2 megapixels; hours
 *     mosaics --across 5 --side 500 --trimmed
 *
 * Errors are mean distances from the truth over a tile, in pixels of the tile. Where there is no overview all poses are first laid on
 * the truth by the one tile that is the reference, as nothing else says where the mosaic lies. */
#include <math.h>
#include <stdlib.h>

#include "group/group.h"
#include "phantom.h"

#define OVERLAP 0.15     /* of a tile's side */
#define MARGIN  20.0     /* units round the tiles */

typedef struct
{
  int      across, side;
  double   coarser, unit;            /* tile px for an overview px; units of the painting for a tile px */
  gboolean trimmed, only;
  gint64   seed;
} Options;

typedef struct
{
  Options     o;
  int         n, first;              /* images that open() gives, and the first of them among all */
  PmtSource **source;
  PmtMatrix3 *view;                  /* image → painting */
  PmtPoint   *hint;
} Scene;

static PmtSource *
picture (Phantom *phantom, PhantomBand band, int width, const PmtMatrix3 *view, double noise, guint64 seed)
{
  PhantomCamera camera;

  phantom_camera_init (&camera, width, width);
  camera.view = *view;
  camera.noise = noise;
  camera.noise_seed = seed;
  camera.bits = 16;
  return phantom_render_source (NULL, phantom, band, &camera, NULL);
}

static double
painting_side (const Options *o)
{
  double step = o->side * o->unit * (o->trimmed ? 1.02 : 1 - OVERLAP);

  return 2 * MARGIN + step * (o->across - 1) + o->side * o->unit;
}

static void
scene_init (Scene *s, const Options *o)
{
  PhantomOptions      options;
  g_autoptr (Phantom) phantom = NULL;
  PhantomRandom       random = { (guint64) o->seed };
  double              step = o->side * o->unit * (o->trimmed ? 1.02 : 1 - OVERLAP), c = o->unit * o->coarser;

  *s = (Scene) { .o = *o, .n = o->across * o->across + 1 };
  s->source = g_new (PmtSource *, s->n);
  s->view = g_new (PmtMatrix3, s->n);
  s->hint = g_new (PmtPoint, s->n);
  phantom_options_init (&options);
  options.width = options.height = (int) ceil (painting_side (o));
  options.density = 1;
  phantom = phantom_new ((guint64) o->seed, &options, NULL);
  s->view[0] = pmt_matrix3_scaling (c, c);
  s->source[0] = picture (phantom, PHANTOM_BAND_VISIBLE, (int) (options.width / c), &s->view[0], 0.02, 1);
  s->hint[0] = (PmtPoint) { NAN, NAN };
  for (int i = 1; i < s->n; i++)
    {
      double a = phantom_random_uniform (&random, -0.02, 0.02), u = o->unit;
      double x = MARGIN + step * ((i - 1) % o->across) + phantom_random_uniform (&random, -4, 4);
      double y = MARGIN + step * ((i - 1) / o->across) + phantom_random_uniform (&random, -4, 4);

      s->view[i] = (PmtMatrix3) { { { u * cos (a), -u * sin (a), x }, { u * sin (a), u * cos (a), y }, { 0, 0, 1 } } };
      s->source[i] = picture (phantom, PHANTOM_BAND_INFRARED, o->side, &s->view[i], 0.01, 100 + i);
      s->hint[i] = (PmtPoint) { x / u + o->side / 2.0 + 8, y / u + o->side / 2.0 - 6 };      /* tile px */
    }
}

static void
scene_clear (Scene *s)
{
  for (int i = 0; i < s->n; i++)
    pmt_source_unref (s->source[i]);
  g_free (s->source);
  g_free (s->view);
  g_free (s->hint);
}

static PmtSource *
open_one (int i, gpointer data, GError **error)
{
  return pmt_source_ref (((Scene *) data)->source[i + ((Scene *) data)->first]);
}

/* Mean distance over a tile of reference → tile from the truth, tile px; *mean: the mean of the vectors, in the frame of the
 * painting's axes but for the tile's small turn. */
static double
error_of (const Scene *s, const PmtTransform *transform, int reference, int tile, PmtPoint *mean)
{
  PmtMatrix3 back, truth;
  double     sum = 0;

  *mean = (PmtPoint) { 0, 0 };
  pmt_matrix3_invert (&s->view[tile], &back);
  truth = pmt_matrix3_then (&s->view[reference], &back);
  pmt_matrix3_invert (&truth, &back);
  for (int k = 0; k < 25; k++)
    {
      PmtPoint q = { s->o.side * (k % 5 + 0.5) / 5, s->o.side * (k / 5 + 0.5) / 5 }, p = pmt_matrix3_map (&back, q), r;

      pmt_transform_map (transform, 1, &p, &r);
      sum += hypot (q.x - r.x, q.y - r.y) / 25;
      mean->x += (r.x - q.x) / 25;
      mean->y += (r.y - q.y) / 25;
    }
  return sum;
}

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Median, 99 of 100, and by how much the error grows from one tile to the next away from the first one. */
static void
print_errors (const char *name, int n, const double *error, const double *steps, double seconds)
{
  g_autofree double *sorted = g_memdup2 (error, n * sizeof *error);
  double             mean_s = 0, mean_e = 0, se = 0, ss = 0;

  qsort (sorted, n, sizeof *sorted, by_value);
  for (int i = 0; i < n; i++)
    mean_s += steps[i] / n, mean_e += error[i] / n;
  for (int i = 0; i < n; i++)
    {
      se += (steps[i] - mean_s) * (error[i] - mean_e);
      ss += (steps[i] - mean_s) * (steps[i] - mean_s);
    }
  g_print ("%-22s %4d tiles  median %.3f  p99 %.3f  growth %+.4f px a tile  %.0f s\n", name, n, sorted[n / 2],
           sorted[(int) ceil (0.99 * n) - 1], ss > 0 ? se / ss : NAN, seconds);
}

static double
steps_between (const Scene *s, int a, int b)
{
  int across = s->o.across;

  return hypot ((a - 1) % across - (b - 1) % across, (a - 1) / across - (b - 1) / across);
}

/* Each tile by its own registration to the overview, before any other speaks. */
static void
measure_alone (const Scene *s, const PmtGroup *g)
{
  g_autofree double *error = g_new (double, g->n), *steps = g_new (double, g->n);
  PmtPoint           sum = { 0, 0 }, mean;
  int                n = 0;

  for (guint k = 0; k < g->pairs->len; k++)
    {
      const PmtGroupPair *p = &g_array_index (g->pairs, PmtGroupPair, k);

      if (p->fixed != 0 || p->registration->verdict == PMT_VERDICT_FAILED)
        continue;
      error[n] = error_of (s, p->registration->transform, 0, p->moving, &mean);
      sum = (PmtPoint) { sum.x + mean.x, sum.y + mean.y };
      steps[n++] = steps_between (s, p->moving, 1);
    }
  print_errors ("each tile alone", n, error, steps, g->seconds_pairs);
  g_print ("%-22s in the mean (%+.3f, %+.3f)\n", "", sum.x / MAX (n, 1), sum.y / MAX (n, 1));
}

static void
measure (Scene *s, const PmtGroup *g, const char *name)
{
  g_autofree double *error = g_new (double, g->n), *steps = g_new (double, g->n);
  PmtPoint           sum = { 0, 0 }, mean;
  int                n = 0, reference = g->reference + s->first;

  for (int i = s->first == 0; i < g->n; i++)
    if (i != g->reference && g->images[i].transform != NULL)
      {
        error[n] = error_of (s, g->images[i].transform, reference, i + s->first, &mean);
        sum = (PmtPoint) { sum.x + mean.x, sum.y + mean.y };
        steps[n++] = steps_between (s, i + s->first, reference > 0 ? reference : 1);
      }
  print_errors (name, n, error, steps, g->seconds_pairs);
  g_print ("%-22s in the mean (%+.3f, %+.3f)\n", "", sum.x / MAX (n, 1), sum.y / MAX (n, 1));
  if (isfinite (g->misfit_median))
    g_print ("%-22s neighbours off the solution: median %.3f, p95 %.3f\n", "", g->misfit_median, g->misfit_p95);
}

/* Along rows, and down the first column: the way mosaics are joined by hand. */
static void
measure_chain (const Scene *s, const PmtGroup *g)
{
  g_autofree double       *error = g_new (double, g->n), *steps = g_new (double, g->n);
  g_autofree PmtTransform **chain = g_new0 (PmtTransform *, g->n);
  int                      n = 0, across = s->o.across;
  PmtPoint                 mean;

  chain[0] = pmt_transform_new ((PmtSize) { s->o.side, s->o.side }, (PmtSize) { s->o.side, s->o.side });
  for (int i = 1; i < g->n; i++)
    {
      int before = i % across > 0 ? i - 1 : i - across;

      for (guint k = 0; k < g->pairs->len && chain[before] != NULL; k++)
        {
          const PmtGroupPair *p = &g_array_index (g->pairs, PmtGroupPair, k);

          if (p->fixed == before && p->moving == i && p->registration->verdict != PMT_VERDICT_FAILED)
            chain[i] = pmt_transform_compose (chain[before], p->registration->transform, NULL);
        }
      if (chain[i] == NULL)
        continue;
      error[n] = error_of (s, chain[i], 1, i + 1, &mean);
      steps[n++] = steps_between (s, i + 1, 1);
    }
  print_errors ("chained neighbours", n, error, steps, g->seconds_pairs);
  for (int i = 0; i < g->n; i++)
    pmt_transform_unref (chain[i]);
}

static void
run (Scene *s, PmtGroupOrder order, const char *name)
{
  PmtGroupOptions      o;
  g_autoptr (PmtGroup) g = NULL;
  g_autofree PmtPoint *hint = g_memdup2 (s->hint, s->n * sizeof *s->hint);

  pmt_group_options_init (&o);
  o.order = order;
  o.pair.model = PMT_MODEL_SIMILARITY;
  o.pair.preparation = "none";
  s->first = order == PMT_GROUP_TILES;
  for (int i = 0; i < s->n && order == PMT_GROUP_OVERVIEW; i++)
    hint[i] = (PmtPoint) { hint[i].x / s->o.coarser, hint[i].y / s->o.coarser };
  o.position = hint + s->first;
  o.scale = s->o.coarser;
  o.reference = order == PMT_GROUP_TILES ? 0 : -1;
  g = pmt_group_register (NULL, s->n - s->first, open_one, s, &o, NULL);
  if (g == NULL)
    return;
  g_print ("%s: %s, %d of %d placed, %u pairs\n", name, pmt_verdict_to_nick (g->verdict), g->placed, g->n, g->pairs->len);
  measure (s, g, name);
  if (order == PMT_GROUP_TILES)
    measure_chain (s, g);
  else
    measure_alone (s, g);
}

int
main (int argc, char **argv)
{
  Options                    o = { .across = 12, .side = 1400, .coarser = 10, .unit = 0.5, .seed = 3 };
  g_autoptr (GOptionContext) context = g_option_context_new ("- errors of mosaics");
  g_autoptr (GError)         error = NULL;
  Scene                      s;
  const GOptionEntry         entries[] =
    {
      { "across", 0, 0, G_OPTION_ARG_INT, &o.across, "Tiles a side", "N" },
      { "side", 0, 0, G_OPTION_ARG_INT, &o.side, "Pixels of a tile a side", "PX" },
      { "coarser", 0, 0, G_OPTION_ARG_DOUBLE, &o.coarser, "Tile pixels for one of the overview", "N" },
      { "unit", 0, 0, G_OPTION_ARG_DOUBLE, &o.unit, "Units of the painting for a tile pixel", "U" },
      { "trimmed", 0, 0, G_OPTION_ARG_NONE, &o.trimmed, "Tiles do not overlap", NULL },
      { "overview-only", 0, 0, G_OPTION_ARG_NONE, &o.only, "Nothing without an overview", NULL },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Of the painting", "N" },
      G_OPTION_ENTRY_NULL
    };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || o.across < 2 || o.side < 64 || painting_side (&o) > 8192)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "sizes out of range (the painting has at most 8192 units)");
      return 2;
    }
  scene_init (&s, &o);
  run (&s, PMT_GROUP_OVERVIEW, "on the overview");
  if (!o.trimmed && !o.only)
    run (&s, PMT_GROUP_TILES, "without an overview");
  scene_clear (&s);
  return 0;
}
