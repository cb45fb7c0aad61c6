/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How exactly bends are followed: paintings that have bent between the pictures, smoothly over the whole (sags, warps) and locally
 * (waves of a few percent of the side), by a known amount. Tells for each pair, and over all, the error over a grid of
 * the overlap, the least Jacobian of the result, and how far the inverse misses. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <vips/vips.h>

#include "phantom.h"
#include "register.h"
#include "statistics.h"

#define BUMPS   14      /* of the local bend */
#define BORDER  0.04    /* of the side, in which nothing is measured: half of it may lie outside of the moving picture */
#define GRID    60      /* places a side */
#define MARGIN  1.2     /* painting kept beyond the picture, as often as the largest bend and shift */

static int     side = 1000, count = 3, first_seed, threads, cancels;
static double  smooth_px = -1, local_px = -1, radial_term, share;
static char   *band_name, *model_nick;

static const GOptionEntry entries[] =
{
  { "side", 0, 0, G_OPTION_ARG_INT, &side, "Of the pictures, px (1000); 2000 is 4 megapixels", "N" },
  { "smooth", 0, 0, G_OPTION_ARG_DOUBLE, &smooth_px, "Largest smooth displacement, px (1 % of the side)", "PX" },
  { "local", 0, 0, G_OPTION_ARG_DOUBLE, &local_px, "Largest local displacement, px (¼ % of the side)", "PX" },
  { "radial", 0, 0, G_OPTION_ARG_DOUBLE, &radial_term, "k1 of the moving camera's lens (0); barrel where < 0", "K1" },
  { "band", 0, 0, G_OPTION_ARG_STRING, &band_name, "Of the moving picture: visible, infrared or xray (visible)", "BAND" },
  { "private", 0, 0, G_OPTION_ARG_DOUBLE, &share, "Share of structure that each band has alone (0)", "SHARE" },
  { "model", 0, 0, G_OPTION_ARG_STRING, &model_nick, "Model to ask for (smooth)", "MODEL" },
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "Pairs (3)", "N" },
  { "seed", 's', 0, G_OPTION_ARG_INT, &first_seed, "First pair's seed (0)", "N" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, "Threads; 0 for all processors (0)", "N" },
  { "cancel", 0, 0, G_OPTION_ARG_INT, &cancels, "Register the first pair N times more, cancelled at N times (0)", "N" },
  { NULL }
};

/* -- the bend -- */

typedef struct
{
  double   wave[2][4], phase[2];      /* of each component: amplitude, and cycles a side along x and y */
  PmtPoint bump[BUMPS], push[BUMPS];  /* where, and which way */
  double   width[BUMPS];              /* σ */
  double   smooth, local;             /* what makes the largest of each as large as asked for */
  double   side, margin;
  PmtTransform *lens, *unlens;        /* of the moving picture: from where things would be to where they are, and back */
  PmtMatrix3 moving_view, moving_back;
} Bend;

static PmtPoint
wave_at (const Bend *b, PmtPoint p)
{
  double x = (p.x - b->margin) / b->side, y = (p.y - b->margin) / b->side, d[2];

  for (int k = 0; k < 2; k++)
    d[k] = sin (2 * G_PI * (b->wave[k][0] * x + b->wave[k][1] * y) + b->phase[k]) * cos (2 * G_PI * b->wave[k][2] * (x - b->wave[k][3] * y));
  return (PmtPoint) { d[0], d[1] };
}

static PmtPoint
bump_at (const Bend *b, PmtPoint p)
{
  PmtPoint d = { 0, 0 };

  for (int k = 0; k < BUMPS; k++)
    {
      double u = (p.x - b->bump[k].x) / b->width[k], v = (p.y - b->bump[k].y) / b->width[k], w = exp (-0.5 * (u * u + v * v));

      d.x += w * b->push[k].x;
      d.y += w * b->push[k].y;
    }
  return d;
}

/* Painting → painting: the bend alone. */
static PmtPoint
bend_only (const Bend *b, PmtPoint p)
{
  PmtPoint s = wave_at (b, p), l = bump_at (b, p);

  return (PmtPoint) { p.x + b->smooth * s.x + b->local * l.x, p.y + b->smooth * s.y + b->local * l.y };
}

static PmtPoint
mapped (const PmtTransform *transform, PmtPoint p)
{
  pmt_transform_map (transform, 1, &p, &p);
  return p;
}

/* From where the moving camera would look without its lens's distortion to what lies there since the painting has bent. */
static PmtPoint
bend_point (PmtPoint p, gpointer data)
{
  const Bend *b = data;

  p = pmt_matrix3_map (&b->moving_view, mapped (b->unlens, pmt_matrix3_map (&b->moving_back, p)));
  return bend_only (b, p);
}

static gboolean
lens_init (Bend *b, GError **error)
{
  PmtSize                  size = { side, side };
  const double             room = 1.25, low = 0.5 * (1 - room) * side, high = side - low;   /* for what the lens draws in */
  PmtRadial                radial = { { 0.5 * side, 0.5 * side }, radial_term * room * room, 0, { low, low }, { high, high } };
  g_autoptr (PmtTransform) none = pmt_transform_new (size, size);

  b->lens = pmt_transform_append_radial (none, &radial, size, NULL, error);
  b->unlens = b->lens != NULL ? pmt_transform_invert (b->lens, error) : NULL;
  return b->unlens != NULL;
}

static void
bend_init (Bend *b, guint32 seed, double margin)
{
  GRand *rand = g_rand_new_with_seed (seed);
  double largest[2] = { 0 };

  *b = (Bend) { .side = side, .margin = margin };
  for (int k = 0; k < 2; k++)
    {
      for (int c = 0; c < 4; c++)
        b->wave[k][c] = g_rand_double_range (rand, -0.8, 0.8);
      b->phase[k] = g_rand_double_range (rand, 0, 2 * G_PI);
    }
  for (int k = 0; k < BUMPS; k++)
    {
      double angle = g_rand_double_range (rand, 0, 2 * G_PI);

      b->bump[k] = (PmtPoint) { margin + g_rand_double (rand) * side, margin + g_rand_double (rand) * side };
      b->push[k] = (PmtPoint) { cos (angle), sin (angle) };
      b->width[k] = side * g_rand_double_range (rand, 0.03, 0.06);
    }
  g_rand_free (rand);
  for (int i = 0; i < 100 * 100; i++)
    {
      PmtPoint p = { margin + side * (i % 100) / 99.0, margin + side * (i / 100) / 99.0 };
      PmtPoint s = wave_at (b, p), l = bump_at (b, p);

      largest[0] = fmax (largest[0], hypot (s.x, s.y));
      largest[1] = fmax (largest[1], hypot (l.x, l.y));
    }
  b->smooth = smooth_px / largest[0];
  b->local = local_px / largest[1];
}

/* -- a pair -- */

typedef struct
{
  Bend       bend;
  PmtMatrix3 fixed_view, moving_view, moving_back;
  PmtSource *fixed, *moving;
} Pair;

/* fixed → moving: the p whose bent view is where fixed looks, by iteration. */
static PmtPoint
truth (const Pair *pair, PmtPoint p)
{
  PmtPoint target = pmt_matrix3_map (&pair->fixed_view, p), q = target;

  for (int i = 0; i < 60; i++)
    {
      PmtPoint at = bend_only (&pair->bend, q);

      q = (PmtPoint) { q.x + target.x - at.x, q.y + target.y - at.y };
    }
  return mapped (pair->bend.lens, pmt_matrix3_map (&pair->moving_back, q));
}

static gboolean
make_pair (Pair *pair, int seed, PhantomBand band, GError **error)
{
  double             margin = ceil (MARGIN * (smooth_px + local_px + (0.04 + fabs (radial_term)) * side));
  PhantomOptions     options;
  PhantomCamera      camera;
  g_autoptr (Phantom) phantom = NULL;

  phantom_options_init (&options);
  options.width = options.height = (int) (side + 2 * margin);
  options.density = 1;
  options.private_share = share;
  phantom = phantom_new (1000 + seed, &options, error);
  if (phantom == NULL)
    return FALSE;
  bend_init (&pair->bend, 77 + seed, margin);
  pair->fixed_view = pmt_matrix3_translation (margin, margin);
  pair->moving_view = (PmtMatrix3) { { { 0.997, -0.02, margin + 0.014 * side }, { 0.02, 1.003, margin - 0.012 * side }, { 0, 0, 1 } } };
  pmt_matrix3_invert (&pair->moving_view, &pair->moving_back);
  pair->bend.moving_view = pair->moving_view;
  pair->bend.moving_back = pair->moving_back;
  if (!lens_init (&pair->bend, error))
    return FALSE;
  phantom_camera_init (&camera, side, side);
  camera.noise = 0.01;
  camera.bits = 16;
  camera.view = pair->fixed_view;
  camera.noise_seed = 2 * seed + 1;
  pair->fixed = phantom_render_source (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, error);
  camera.view = pair->moving_view;
  camera.map = bend_point;
  camera.map_data = &pair->bend;
  camera.noise_seed = 2 * seed + 2;
  pair->moving = pair->fixed != NULL ? phantom_render_source (NULL, phantom, band, &camera, error) : NULL;
  return pair->moving != NULL;
}

/* -- measuring -- */

typedef struct { double median, p95, p99, largest, jacobian, round_trip; } Outcome;

static double
jacobian_at (const PmtTransform *t, PmtPoint p)
{
  PmtPoint a = mapped (t, (PmtPoint) { p.x - 0.5, p.y }), b = mapped (t, (PmtPoint) { p.x + 0.5, p.y });
  PmtPoint c = mapped (t, (PmtPoint) { p.x, p.y - 0.5 }), d = mapped (t, (PmtPoint) { p.x, p.y + 0.5 });

  return (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
}

static gboolean
measure (const Pair *pair, const PmtTransform *transform, Outcome *o, GError **error)
{
  g_autoptr (PmtTransform) back = pmt_transform_invert (transform, error);
  g_autofree double       *errors = g_new (double, GRID * GRID);
  int                      n = 0;

  if (back == NULL)
    return FALSE;
  *o = (Outcome) { .jacobian = INFINITY };
  for (int i = 0; i < GRID * GRID; i++)
    {
      PmtPoint p = { side * (BORDER + (1 - 2 * BORDER) * (i % GRID) / (GRID - 1.0)),
                     side * (BORDER + (1 - 2 * BORDER) * (i / GRID) / (GRID - 1.0)) };
      PmtPoint q = truth (pair, p), r = mapped (transform, p), s = mapped (back, r);

      if (!(q.x > 0 && q.y > 0 && q.x < side && q.y < side))
        continue;
      errors[n++] = hypot (q.x - r.x, q.y - r.y);
      o->jacobian = fmin (o->jacobian, jacobian_at (transform, p));
      o->round_trip = fmax (o->round_trip, hypot (s.x - p.x, s.y - p.y));
    }
  o->median = statistics_quantile (errors, n, 0.5);
  o->p95 = statistics_quantile (errors, n, 0.95);
  o->p99 = statistics_quantile (errors, n, 0.99);
  o->largest = statistics_quantile (errors, n, 1);
  return TRUE;
}

/* Of all threads of this process, s. */
static double
cpu_seconds (void)
{
  struct timespec t;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void
print_stages (const PmtRegistration *r)
{
  printf ("#   stages:");
  for (guint i = 0; i < r->timings->len; i++)
    printf (" %s %.2f", g_array_index (r->timings, PmtTiming, i).stage, g_array_index (r->timings, PmtTiming, i).seconds);
  printf (" s\n");
}

/* -- how long after a cancellation the registration returns -- */

typedef struct
{
  GCancellable *cancellable;
  gint64        when;          /* µs */
  const char   *stage;         /* at that moment */
} Canceller;

static void
take_stage (const char *stage, double fraction, double seconds_left, gpointer data)
{
  Canceller *c = data;

  if (!g_cancellable_is_cancelled (c->cancellable))
    c->stage = stage;
}

static gpointer
cancel_thread (gpointer data)
{
  Canceller *c = data;

  while (g_get_monotonic_time () < c->when)
    g_usleep (1000);
  c->when = g_get_monotonic_time ();
  g_cancellable_cancel (c->cancellable);
  return NULL;
}

/* Cancelled after `seconds`. FALSE with an error when it ended otherwise than by that; the end of it may come first. */
static gboolean
cancel_after (const Pair *pair, const PmtRegisterOptions *options, double seconds, GError **error)
{
  g_autoptr (PmtContext)      context = pmt_context_new ();
  g_autoptr (GCancellable)    cancellable = g_cancellable_new ();
  Canceller                   c = { cancellable, g_get_monotonic_time () + (gint64) (1e6 * seconds), "" };
  g_autoptr (GError)          problem = NULL;
  GThread                    *thread = g_thread_new ("cancel", cancel_thread, &c);
  g_autoptr (PmtRegistration) r = NULL;
  gint64                      end;

  pmt_context_set_threads (context, threads);
  pmt_context_set_cancellable (context, cancellable);
  pmt_context_set_progress (context, take_stage, &c);
  r = pmt_register (context, pair->fixed, pair->moving, options, &problem);
  end = g_get_monotonic_time ();
  g_thread_join (thread);
  if (problem != NULL && !g_error_matches (problem, PMT_ERROR, PMT_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (r != NULL)
    printf ("#   cancelled after %.2f s: it had ended before\n", seconds);
  else
    printf ("#   cancelled after %.2f s (%s): returned %.0f ms later\n", seconds, c.stage, (end - c.when) / 1e3);
  fflush (stdout);
  return TRUE;
}

static gboolean
cancel_often (const Pair *pair, const PmtRegisterOptions *options, double whole, GError **error)
{
  for (int k = 0; k < cancels; k++)
    if (!cancel_after (pair, options, whole * (k + 0.5) / cancels, error))
      return FALSE;
  cancels = 0;
  return TRUE;
}

static gboolean
run_pair (int seed, PhantomBand band, const PmtRegisterOptions *options, double *median, double *p95, GError **error)
{
  Pair                        pair = { 0 };
  g_autoptr (PmtContext)      context = pmt_context_new ();
  g_autoptr (PmtRegistration) r = NULL;
  gint64                      began;
  double                      cpu;
  Outcome                     o;
  gboolean                    ok = make_pair (&pair, seed, band, error);

  pmt_context_set_threads (context, threads);
  began = g_get_monotonic_time ();
  cpu = cpu_seconds ();
  r = ok ? pmt_register (context, pair.fixed, pair.moving, options, error) : NULL;
  cpu = cpu_seconds () - cpu;
  began = g_get_monotonic_time () - began;
  ok = r != NULL && measure (&pair, r->transform, &o, error);
  if (ok)
    {
      printf ("# seed %d: %s, %s; error median %.4f, p95 %.3f, p99 %.3f, largest %.2f px (said %.3f, p95 %.3f); from aside %.3f px; least Jacobian %.2f, "
              "round trip %.1e px; %.2f s, %.2f s of CPU\n", seed, pmt_verdict_to_nick (r->verdict), pmt_model_to_nick (r->model), o.median, o.p95,
              o.p99, o.largest, r->error_median, r->error_p95, r->bend.equivariance, o.jacobian, o.round_trip,
              began / 1e6, cpu);
      print_stages (r);
      *median = o.median;
      *p95 = o.p95;
      fflush (stdout);
      ok = cancel_often (&pair, options, began / 1e6, error);
    }
  pmt_source_unref (pair.fixed);
  pmt_source_unref (pair.moving);
  return ok;
}

static gboolean
run (GError **error)
{
  static const struct { const char *name; PhantomBand band; } bands[] = {
    { "visible", PHANTOM_BAND_VISIBLE }, { "infrared", PHANTOM_BAND_INFRARED }, { "xray", PHANTOM_BAND_XRAY } };
  g_autofree double *median = g_new (double, count), *p95 = g_new (double, count);
  PhantomBand        band = PHANTOM_N_BANDS;
  PmtRegisterOptions options;

  pmt_register_options_init (&options);
  for (guint k = 0; k < G_N_ELEMENTS (bands); k++)
    if (g_str_equal (band_name != NULL ? band_name : "visible", bands[k].name))
      band = bands[k].band;
  if (band == PHANTOM_N_BANDS || !pmt_model_from_nick (model_nick != NULL ? model_nick : "smooth", &options.model))
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no such band or model");
      return FALSE;
    }
  smooth_px = smooth_px < 0 ? 0.01 * side : smooth_px;
  local_px = local_px < 0 ? 0.0025 * side : local_px;
  for (int i = 0; i < count; i++)
    if (!run_pair (first_seed + i, band, &options, &median[i], &p95[i], error))
      return FALSE;
  printf ("# %s, %d × %d px, smooth %g px, local %g px, private %g: median of medians %.4f px, of p95 %.3f px; worst %.4f, %.3f px\n",
          band_name != NULL ? band_name : "visible", side, side, smooth_px, local_px, share, statistics_quantile (median, count, 0.5),
          statistics_quantile (p95, count, 0.5), statistics_quantile (median, count, 1), statistics_quantile (p95, count, 1));
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("— how exactly bends are followed");
  g_autoptr (GError)         error = NULL;

  setlocale (LC_ALL, "C");
  if (VIPS_INIT (argv[0]))
    return 1;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !run (&error))
    {
      fprintf (stderr, "bends: %s\n", error->message);
      return 1;
    }
  vips_shutdown ();
  return 0;
}
