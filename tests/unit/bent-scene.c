/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bent-scene.h"

#include <math.h>

#define MARGIN 50     /* painting units round the picture */

static PmtPoint
wave (const Bend *b, PmtPoint p)
{
  double x = p.x / BENT_WIDTH, y = p.y / BENT_HEIGHT;

  return (PmtPoint) { b->amplitude * sin (2 * G_PI * (0.9 * y + 0.1)) * cos (2 * G_PI * 0.7 * x),
                      b->amplitude * sin (2 * G_PI * (0.8 * x + 0.3)) * cos (2 * G_PI * 0.6 * y) };
}

static double
outside (double v, double from, double to)
{
  return v < from ? from - v : v > to ? v - to : 0;
}

/* 1 within the panel, 0 further from it than `blend`. */
static double
panel_at (const Bend *b, PmtPoint p)
{
  double d = hypot (outside (p.x, b->panel.x, b->panel.x + b->panel.width), outside (p.y, b->panel.y, b->panel.y + b->panel.height));

  if (b->panel.width == 0 || d >= b->blend)
    return 0;
  return 0.5 + 0.5 * cos (G_PI * d / b->blend);
}

static PmtPoint
bend (PmtPoint p, gpointer data)
{
  const Bend *b = data;
  PmtPoint    q = { p.x - MARGIN, p.y - MARGIN }, d = wave (b, q);
  PmtPoint    centre = { b->panel.x + b->panel.width / 2.0, b->panel.y + b->panel.height / 2.0 };
  PmtPoint    shift = wave (b, centre);
  double      s = panel_at (b, q), c = cos (b->turn) - 1, t = sin (b->turn);
  double      r = b->bump_radius > 0 ? hypot (q.x - b->bump.x, q.y - b->bump.y) / b->bump_radius : 1, lift = r < 1 ? (1 - r * r) * (1 - r * r) : 0;

  d.x = (1 - s) * d.x + s * (shift.x + c * (q.x - centre.x) - t * (q.y - centre.y)) + lift * b->bump_shift.x;
  d.y = (1 - s) * d.y + s * (shift.y + t * (q.x - centre.x) + c * (q.y - centre.y)) + lift * b->bump_shift.y;
  return (PmtPoint) { p.x + d.x, p.y + d.y };
}

/* The place that bends to where fixed looks. */
PmtPoint
bent_truth (const Bend *b, PmtPoint p)
{
  PmtPoint target = { p.x + MARGIN, p.y + MARGIN }, q = target;

  for (int i = 0; i < 60; i++)
    {
      PmtPoint at = bend (q, (gpointer) b);

      q = (PmtPoint) { q.x + target.x - at.x, q.y + target.y - at.y };
    }
  return (PmtPoint) { q.x - MARGIN, q.y - MARGIN };
}

void
bent_scene_init (BentScene *s, const Bend *b, PhantomBand band, double private_share, guint64 seed)
{
  PhantomOptions      options;
  PhantomCamera       camera;
  g_autoptr (Phantom) phantom = NULL;

  s->bend = *b;
  phantom_options_init (&options);
  options.width = BENT_WIDTH + 2 * MARGIN;
  options.height = BENT_HEIGHT + 2 * MARGIN;
  options.density = 1;
  options.private_share = private_share;
  phantom = phantom_new (seed, &options, NULL);
  phantom_camera_init (&camera, BENT_WIDTH, BENT_HEIGHT);
  camera.view = pmt_matrix3_translation (MARGIN, MARGIN);
  camera.noise = 0.01;
  camera.noise_seed = seed;
  s->fixed = phantom_render_source (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  camera.map = bend;
  camera.map_data = &s->bend;
  camera.noise_seed = seed + 100;
  s->moving = phantom_render_source (NULL, phantom, band, &camera, NULL);
}

void
bent_scene_clear (BentScene *s)
{
  pmt_source_unref (s->fixed);
  pmt_source_unref (s->moving);
}

PmtSource *
bent_map (const PmtRect *r, float in, float out)
{
  g_autofree float *pixels = g_new (float, BENT_WIDTH * BENT_HEIGHT);

  for (int k = 0; k < BENT_WIDTH * BENT_HEIGHT; k++)
    {
      int x = k % BENT_WIDTH, y = k / BENT_WIDTH;

      pixels[k] = x >= r->x && x < r->x + r->width && y >= r->y && y < r->y + r->height ? in : out;
    }
  return pmt_source_memory_new (BENT_WIDTH, BENT_HEIGHT, 1, -1, 1, pixels, BENT_WIDTH, NULL);
}

PmtRegistration *
bent_fit (const BentScene *s, PmtRegisterOptions *options, int threads)
{
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (GError)       error = NULL;
  PmtSize                  size = { BENT_WIDTH, BENT_HEIGHT };
  g_autoptr (PmtTransform) start = pmt_transform_new (size, size);
  PmtRegistration         *r;

  pmt_context_set_threads (context, threads);
  options->initial = start;
  options->search = PMT_SEARCH_LOCAL;
  r = pmt_register (context, s->fixed, s->moving, options, &error);
  g_assert_no_error (error);
  return r;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
bent_error (const PmtTransform *transform, const Bend *b, const PmtRect *r, double share)
{
  static const PmtRect most = { 30, 30, BENT_WIDTH - 60, BENT_HEIGHT - 60 };
  g_autoptr (GArray)   errors = g_array_new (FALSE, FALSE, sizeof (double));

  if (r == NULL)
    r = &most;
  for (int y = 20; y < BENT_HEIGHT - 20; y += 6)
    for (int x = 20; x < BENT_WIDTH - 20; x += 6)
      {
        PmtPoint p = { x, y }, q, t = bent_truth (b, p);
        double   e;

        if (!(t.x >= r->x && t.y >= r->y && t.x < r->x + r->width && t.y < r->y + r->height))
          continue;
        pmt_transform_map (transform, 1, &p, &q);
        e = hypot (q.x - t.x, q.y - t.y);
        g_array_append_val (errors, e);
      }
  g_array_sort (errors, compare);
  return g_array_index (errors, double, (guint) (share * (errors->len - 1)));
}

const PmtReason *
bent_reason (const PmtRegistration *r, const char *code)
{
  for (guint k = 0; k < r->reasons->len; k++)
    if (g_str_equal (((PmtReason *) r->reasons->pdata[k])->code, code))
      return r->reasons->pdata[k];
  return NULL;
}
