/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A band's coefficients: the shared scene as the band sees it, cracked and on its canvas, mixed with what the band
 * alone shows in the share that was asked for, and brought to 0 … 1. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "phantom-private.h"

#define WALL 0.03f   /* what is seen beyond the frame */

static const char *const band_nicks[PHANTOM_N_BANDS] =
  { "visible", "red", "green", "blue", "infrared", "xray", "ultraviolet", "xrf" };

gboolean
phantom_band_from_nick (const char *nick, PhantomBand *band)
{
  for (int i = 0; i < PHANTOM_N_BANDS; i++)
    if (g_strcmp0 (nick, band_nicks[i]) == 0)
      {
        *band = (PhantomBand) i;
        return TRUE;
      }
  return FALSE;
}

const char *
phantom_band_to_nick (PhantomBand band)
{
  return band_nicks[band];
}

void
phantom_options_init (PhantomOptions *options)
{
  *options = (PhantomOptions) { PHANTOM_KIND_FIGURES, 1400, 1400, 2, 0, 1, 1 };
}

static gboolean
options_are_sane (const PhantomOptions *o)
{
  return o->width >= 64 && o->width <= 8192 && o->height >= 64 && o->height <= 8192 && o->density >= 1 && o->density <= 4
         && o->private_share >= 0 && o->private_share <= 1 && isfinite (o->craquelure) && isfinite (o->weave);
}

Phantom *
phantom_new (guint64 seed, const PhantomOptions *options, GError **error)
{
  Phantom *phantom;

  if (!options_are_sane (options))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "phantom options out of range");
      return NULL;
    }
  phantom = g_new0 (Phantom, 1);
  phantom->seed = phantom_hash (seed);
  phantom->options = *options;
  if (options->kind == PHANTOM_KIND_COLOUR_FIELD)
    phantom->options.craquelure = 0;
  phantom->noise = noise_table_new (phantom->seed);
  return phantom;
}

/* The plane with a border of `wall` round it. */
static PmtPlane *
add_border (const PmtPlane *plane, float wall, GError **error)
{
  PmtPlane *framed = pmt_plane_new (plane->width + 2 * PHANTOM_BORDER, plane->height + 2 * PHANTOM_BORDER, error);

  for (int y = 0; framed != NULL && y < framed->height; y++)
    {
      float *row = pmt_plane_row (framed, y);

      for (int x = 0; x < framed->width; x++)
        row[x] = wall;
      if (y >= PHANTOM_BORDER && y < PHANTOM_BORDER + plane->height)
        memcpy (row + PHANTOM_BORDER, pmt_plane_row (plane, y - PHANTOM_BORDER), plane->width * sizeof (float));
    }
  return framed;
}

Phantom *
phantom_new_from_plane (const PmtPlane *coefficients, double density, GError **error)
{
  Phantom *phantom = g_new0 (Phantom, 1);

  phantom_options_init (&phantom->options);
  phantom->options.density = density;
  phantom->given = TRUE;
  phantom->bands[0] = add_border (coefficients, 0, error);
  if (phantom->bands[0] == NULL)
    g_clear_pointer (&phantom, phantom_free);
  return phantom;
}

void
phantom_free (Phantom *phantom)
{
  if (phantom == NULL)
    return;
  for (int i = 0; i < PHANTOM_N_BANDS; i++)
    pmt_plane_free (phantom->bands[i]);
  pmt_plane_free (phantom->cracks);
  g_free (phantom->noise);
  g_free (phantom);
}

/* The plane averaged over cells of `cell` × `cell`; what is left over at the right and bottom is dropped. */
static PmtPlane *
average_cells (const PmtPlane *plane, int cell, GError **error)
{
  PmtPlane *mean = pmt_plane_new (plane->width / cell, plane->height / cell, error);

  for (int y = 0; mean != NULL && y < mean->height * cell; y++)
    {
      const float *row = pmt_plane_row (plane, y);
      float       *out = pmt_plane_row (mean, y / cell);

      for (int x = 0; x < mean->width * cell; x++)
        out[x / cell] += row[x] / (cell * cell);
    }
  return mean;
}

/* Mean of |∇f|² over the means of 4 × 4 units, by central differences; NAN on error. */
static double
gradient_energy (const PmtPlane *plane, double density, GError **error)
{
  g_autoptr (PmtPlane) mean = average_cells (plane, (int) lround (4 * density), error);
  double               sum = 0;

  if (mean == NULL)
    return NAN;
  for (int y = 1; y < mean->height - 1; y++)
    {
      const float *above = pmt_plane_row (mean, y - 1), *row = pmt_plane_row (mean, y);
      const float *below = pmt_plane_row (mean, y + 1);

      for (int x = 1; x < mean->width - 1; x++)
        {
          double dx = row[x + 1] - row[x - 1], dy = below[x] - above[x];

          sum += dx * dx + dy * dy;
        }
    }
  return sum / ((double) (mean->width - 2) * (mean->height - 2));
}

/* plane ← plane + ratio·other. */
static void
add_scaled (PmtPlane *plane, const PmtPlane *other, float own, float ratio)
{
  for (int y = 0; y < plane->height; y++)
    {
      float       *row = pmt_plane_row (plane, y);
      const float *add = pmt_plane_row (other, y);

      for (int x = 0; x < plane->width; x++)
        row[x] = own * row[x] + ratio * add[x];
    }
}

#define HISTOGRAM 4096
/* The 0.5 and 99.5 percentiles, to 1/1000 of the range -2 … 6. */
static void
find_range (const PmtPlane *plane, float *low, float *high)
{
  g_autofree guint *count = g_new0 (guint, HISTOGRAM);
  gsize             n = (gsize) plane->width * plane->height, below = 0;

  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      count[(int) CLAMP ((pmt_plane_row (plane, y)[x] + 2) * (HISTOGRAM / 8.0f), 0, HISTOGRAM - 1)]++;
  *low = -2;
  *high = 6;
  for (int i = 0; i < HISTOGRAM; i++)
    {
      if (below < n / 200 && below + count[i] >= n / 200)
        *low = i * (8.0f / HISTOGRAM) - 2;
      if (below < n - n / 200 && below + count[i] >= n - n / 200)
        *high = (i + 1) * (8.0f / HISTOGRAM) - 2;
      below += count[i];
    }
}

#define MAX_GAIN 1.8f   /* a picture with little contrast keeps it */

static void
stretch (PmtPlane *plane, float low, float high)
{
  float gain = MIN (0.88f / MAX (high - low, 0.02f), MAX_GAIN), middle = 0.5f * (low + high);
  float target = gain < MAX_GAIN ? 0.5f : CLAMP (middle, 0.3f, 0.7f);

  for (int y = 0; y < plane->height; y++)
    {
      float *row = pmt_plane_row (plane, y);

      for (int x = 0; x < plane->width; x++)
        row[x] = CLAMP (target + gain * (row[x] - middle), 0.005f, 0.995f);
    }
}

static PmtPlane *
paint_shared (PmtContext *context, Phantom *phantom, PhantomBand band, GError **error)
{
  g_autoptr (Scene)    scene = scene_new_shared (phantom);
  g_autoptr (PmtPlane) plane = paint_scene (context, phantom, scene, band, error);

  if (plane == NULL)
    return NULL;
  if (phantom->cracks == NULL && phantom->options.craquelure != 0
      && (phantom->cracks = paint_cracks (context, phantom, error)) == NULL)
    return NULL;
  return paint_surface (context, phantom, band, plane, error) ? g_steal_pointer (&plane) : NULL;
}

/* How much of the private picture makes the share that was asked for; < 0 for nothing else. */
static gboolean
private_ratio (const Phantom *phantom, const PmtPlane *shared, const PmtPlane *own, float *ratio, float *measured,
               GError **error)
{
  double share = phantom->options.private_share, density = phantom->options.density;
  double e_shared = gradient_energy (shared, density, error);
  double e_own = isnan (e_shared) ? NAN : gradient_energy (own, density, error);

  if (isnan (e_own))
    return FALSE;
  *ratio = share < 1 ? (float) sqrt (share / (1 - share) * e_shared / MAX (e_own, 1e-12)) : -1;
  *measured = *ratio < 0 ? 1 : (float) (*ratio * *ratio * e_own / (*ratio * *ratio * e_own + e_shared));
  return TRUE;
}

static gboolean
mix_private (PmtContext *context, Phantom *phantom, PhantomBand band, PmtPlane *plane, GError **error)
{
  gboolean             colour = band > PHANTOM_BAND_VISIBLE && band <= PHANTOM_BAND_BLUE;
  g_autoptr (Scene)    scene = NULL;
  g_autoptr (PmtPlane) own = NULL;
  float                ratio;

  if (!(phantom->options.private_share > 0))
    return TRUE;
  scene = scene_new_private (phantom, band);
  own = paint_scene (context, phantom, scene, band, error);
  if (own == NULL || !private_ratio (phantom, plane, own, &ratio, &phantom->measured_share[band], error))
    return FALSE;
  if (colour)
    ratio = phantom->visible_ratio;
  else if (band == PHANTOM_BAND_VISIBLE)
    phantom->visible_ratio = ratio;
  add_scaled (plane, own, ratio < 0 ? 0 : 1, ratio < 0 ? 1 : ratio);
  return TRUE;
}

static PmtPlane *
paint_band (PmtContext *context, Phantom *phantom, PhantomBand band, GError **error)
{
  g_autoptr (PmtPlane) plane = paint_shared (context, phantom, band, error);
  float                low, high;

  if (plane == NULL || !mix_private (context, phantom, band, plane, error))
    return NULL;
  find_range (plane, &low, &high);
  if (band == PHANTOM_BAND_VISIBLE)
    {
      phantom->visible_low = low;
      phantom->visible_high = high;
    }
  else if (band <= PHANTOM_BAND_BLUE)   /* one exposure for all colours */
    {
      low = phantom->visible_low;
      high = phantom->visible_high;
    }
  stretch (plane, low, high);
  return add_border (plane, WALL, error);
}

const PmtPlane *
phantom_get_band (PmtContext *context, Phantom *phantom, PhantomBand band, GError **error)
{
  if (phantom->given)
    return phantom->bands[0];
  if (band > PHANTOM_BAND_VISIBLE && band <= PHANTOM_BAND_BLUE
      && phantom_get_band (context, phantom, PHANTOM_BAND_VISIBLE, error) == NULL)
    return NULL;
  if (phantom->bands[band] == NULL)
    phantom->bands[band] = paint_band (context, phantom, band, error);
  return phantom->bands[band];
}

double
phantom_measured_share (PmtContext *context, Phantom *phantom, PhantomBand band, GError **error)
{
  return phantom_get_band (context, phantom, band, error) != NULL ? phantom->measured_share[band] : NAN;
}
