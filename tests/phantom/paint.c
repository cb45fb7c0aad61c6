/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From marks to coefficients, band by band.
 *
 * Paint is layered: a mark lets the layers below through by its pigment's hiding power in the band (so carbon lines
 * show under azurite's neighbours in the infrared and an old figure under the new one in X-rays). Modelling is mixing with
 * lead white or bone black, so light and shade differ between bands as the two pigments do. */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "phantom-private.h"

#define STRIP 32   /* rows painted at a time */

/* Reflectance (X-ray: absorption; UV: fluorescence; XRF: lead) of each pigment: red, green, blue, infrared, X-ray,
 * ultraviolet, XRF. Chosen after the look of the pigments in the technical literature, not measured. */
static const float pigment_colour[N_PIGMENTS][7] =
{
  [PIGMENT_LEAD_WHITE]   = { 0.93f, 0.91f, 0.84f, 0.92f, 0.95f, 0.75f, 0.95f },
  [PIGMENT_BONE_BLACK]   = { 0.06f, 0.05f, 0.05f, 0.06f, 0.12f, 0.08f, 0.04f },
  [PIGMENT_YELLOW_OCHRE] = { 0.68f, 0.49f, 0.20f, 0.62f, 0.30f, 0.22f, 0.06f },
  [PIGMENT_UMBER]        = { 0.27f, 0.18f, 0.10f, 0.42f, 0.26f, 0.10f, 0.05f },
  [PIGMENT_VERMILION]    = { 0.78f, 0.19f, 0.11f, 0.82f, 0.90f, 0.20f, 0.10f },
  [PIGMENT_RED_LAKE]     = { 0.52f, 0.08f, 0.13f, 0.85f, 0.15f, 0.60f, 0.05f },
  [PIGMENT_AZURITE]      = { 0.16f, 0.35f, 0.56f, 0.14f, 0.48f, 0.12f, 0.05f },
  [PIGMENT_ULTRAMARINE]  = { 0.10f, 0.15f, 0.50f, 0.72f, 0.16f, 0.16f, 0.04f },
  [PIGMENT_VERDIGRIS]    = { 0.14f, 0.42f, 0.30f, 0.20f, 0.50f, 0.10f, 0.10f },
  [PIGMENT_TIN_YELLOW]   = { 0.90f, 0.78f, 0.32f, 0.88f, 0.85f, 0.38f, 0.88f },
  [PIGMENT_FLESH]        = { 0.84f, 0.62f, 0.48f, 0.78f, 0.68f, 0.48f, 0.62f },
  [PIGMENT_EARTH_GREEN]  = { 0.33f, 0.38f, 0.24f, 0.50f, 0.28f, 0.18f, 0.06f },
};

/* Hiding power: visible (all colours), infrared, X-ray, ultraviolet, XRF. */
static const float pigment_hiding[N_PIGMENTS][5] =
{
  [PIGMENT_LEAD_WHITE]   = { 0.97f, 0.80f, 0.95f, 0.97f, 0.95f },
  [PIGMENT_BONE_BLACK]   = { 0.97f, 0.97f, 0.60f, 0.97f, 0.70f },
  [PIGMENT_YELLOW_OCHRE] = { 0.93f, 0.70f, 0.70f, 0.95f, 0.75f },
  [PIGMENT_UMBER]        = { 0.93f, 0.70f, 0.70f, 0.95f, 0.75f },
  [PIGMENT_VERMILION]    = { 0.97f, 0.65f, 0.95f, 0.97f, 0.85f },
  [PIGMENT_RED_LAKE]     = { 0.85f, 0.45f, 0.55f, 0.95f, 0.65f },
  [PIGMENT_AZURITE]      = { 0.93f, 0.90f, 0.80f, 0.97f, 0.75f },
  [PIGMENT_ULTRAMARINE]  = { 0.90f, 0.50f, 0.55f, 0.95f, 0.65f },
  [PIGMENT_VERDIGRIS]    = { 0.92f, 0.88f, 0.80f, 0.97f, 0.75f },
  [PIGMENT_TIN_YELLOW]   = { 0.97f, 0.75f, 0.95f, 0.97f, 0.95f },
  [PIGMENT_FLESH]        = { 0.97f, 0.75f, 0.90f, 0.97f, 0.92f },
  [PIGMENT_EARTH_GREEN]  = { 0.93f, 0.70f, 0.70f, 0.95f, 0.75f },
};

static const struct { float weave, crack; } surface[PHANTOM_N_BANDS] =
{
  [PHANTOM_BAND_VISIBLE]     = { 0.022f, -0.30f },
  [PHANTOM_BAND_RED]         = { 0.022f, -0.30f },
  [PHANTOM_BAND_GREEN]       = { 0.022f, -0.30f },
  [PHANTOM_BAND_BLUE]        = { 0.022f, -0.30f },
  [PHANTOM_BAND_INFRARED]    = { 0.016f, -0.18f },
  [PHANTOM_BAND_XRAY]        = { 0.060f, -0.24f },
  [PHANTOM_BAND_ULTRAVIOLET] = { 0.014f, -0.20f },
  [PHANTOM_BAND_XRF]         = { 0.010f, -0.10f },
};

static float
band_colour (Pigment pigment, PhantomBand band)
{
  const float *c = pigment_colour[pigment];

  if (band == PHANTOM_BAND_VISIBLE)
    return 0.2126f * c[0] + 0.7152f * c[1] + 0.0722f * c[2];
  return c[band - PHANTOM_BAND_RED];
}

static float
band_hiding (Pigment pigment, PhantomBand band)
{
  return pigment_hiding[pigment][MAX ((int) band - (int) PHANTOM_BAND_BLUE, 0)];
}

static inline float
smooth_edge (float distance, float width)
{
  float t = CLAMP (distance / width + 0.5f, 0.0f, 1.0f);

  return t * t * (3 - 2 * t);
}

typedef struct
{
  const Phantom *phantom;
  const Scene   *scene;
  PhantomBand    band;
  PmtPlane      *plane;
  float          white, black;   /* what light and shade are mixed with, in this band */
} PaintJob;

static void
paint_mark (const PaintJob *job, const Mark *mark, int row0, int row1)
{
  float             density = (float) job->phantom->options.density, unit = 1 / density;
  float             colour = band_colour (mark->pigment, job->band);
  float             hiding = band_hiding (mark->pigment, job->band) * mark->opacity;
  float             soft = MAX (mark->soft, 1.2f * unit);
  const NoiseTable *noise = job->phantom->noise;
  int               x0 = MAX ((int) floorf (mark->x0 * density), 0);
  int               x1 = MIN ((int) ceilf (mark->x1 * density), job->plane->width);
  int               y0 = MAX ((int) floorf (mark->y0 * density), row0);
  int               y1 = MIN ((int) ceilf (mark->y1 * density), row1);

  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      {
        float *value = pmt_plane_row (job->plane, y) + x;
        float  u, v, shade, paint, cover;
        float  distance = mark_distance (mark, (x + 0.5f) * unit, (y + 0.5f) * unit, &u, &v);

        if (distance <= -0.5f * soft)
          continue;
        cover = hiding * smooth_edge (distance, soft);
        shade = mark_shade (mark, noise, u, v);
        if (mark->bristle != 0)
          {
            float hair = noise_at (noise, mark->grain_x + 1.5f * u, mark->grain_y + v * mark->b * 0.9f);

            shade += mark->bristle * hair;
            cover *= 1 - 0.9f * MAX (hair * u * mark->bristle * 4, 0.0f);   /* the brush runs dry towards its end */
          }
        shade = CLAMP (shade, -1.0f, 1.0f);
        paint = shade > 0 ? colour + (job->white - colour) * shade : colour + (colour - job->black) * shade;
        *value += CLAMP (cover, 0.0f, 1.0f) * (paint - *value);
      }
}

static gboolean
paint_strip (int index, int thread, gpointer data, GError **error)
{
  const PaintJob *job = data;
  float           density = (float) job->phantom->options.density;
  int             row0 = index * STRIP, row1 = MIN (row0 + STRIP, job->plane->height);
  float           ground = 0.5f * (band_colour (PIGMENT_LEAD_WHITE, job->band)
                                   + band_colour (PIGMENT_YELLOW_OCHRE, job->band));

  for (int y = row0; y < row1; y++)
    for (int x = 0; x < job->plane->width; x++)
      pmt_plane_row (job->plane, y)[x] = ground;
  for (guint i = 0; i < job->scene->marks->len; i++)
    {
      const Mark *mark = &g_array_index (job->scene->marks, Mark, i);

      if (mark->y1 * density >= row0 && mark->y0 * density <= row1)
        paint_mark (job, mark, row0, row1);
    }
  return TRUE;
}

PmtPlane *
paint_scene (PmtContext *context, const Phantom *phantom, const Scene *scene, PhantomBand band, GError **error)
{
  double               density = phantom->options.density;
  float                white = band_colour (PIGMENT_LEAD_WHITE, band), black = band_colour (PIGMENT_BONE_BLACK, band);
  g_autoptr (PmtPlane) plane = pmt_plane_new ((int) (phantom->options.width * density),
                                              (int) (phantom->options.height * density), error);
  PaintJob             job = { phantom, scene, band, plane, white, black };

  if (plane == NULL
      || !pmt_parallel_for (context, (plane->height + STRIP - 1) / STRIP, paint_strip, &job, error))
    return NULL;
  return g_steal_pointer (&plane);
}

/* -- cracks: the borders of Worley's cells, whose lattice is bent by noise -- */

typedef struct
{
  const Phantom *phantom;
  PmtPlane      *plane;
} CrackJob;

/* Distance to the border between the two nearest of the jittered points of a lattice with unit steps. */
static float
cell_border (guint64 seed, float x, float y)
{
  int   cx = (int) floorf (x), cy = (int) floorf (y);
  float first = 1e9f, second = 1e9f;

  for (int j = cy - 1; j <= cy + 1; j++)
    for (int i = cx - 1; i <= cx + 1; i++)
      {
        guint64 h = phantom_hash (seed ^ ((guint64) (guint32) i << 32 | (guint32) j));
        float   dx = i + (h & 0xffff) * (0.9f / 65536) + 0.05f - x;
        float   dy = j + (h >> 16 & 0xffff) * (0.9f / 65536) + 0.05f - y;
        float   d = dx * dx + dy * dy;

        if (d < first)
          {
            second = first;
            first = d;
          }
        else if (d < second)
          second = d;
      }
  return 0.5f * (sqrtf (second) - sqrtf (first));
}

static gboolean
crack_strip (int index, int thread, gpointer data, GError **error)
{
  const CrackJob   *job = data;
  const NoiseTable *noise = job->phantom->noise;
  float             unit = (float) (1 / job->phantom->options.density);
  guint64           seed = job->phantom->seed;

  for (int y = index * STRIP; y < MIN ((index + 1) * STRIP, job->plane->height); y++)
    for (int x = 0; x < job->plane->width; x++)
      {
        float px = (x + 0.5f) * unit, py = (y + 0.5f) * unit;
        float age = 0.5f + noise_fractal (noise, px / 310 + 9, py / 310 + 5, 2);   /* cracked here, sound there */
        float bx = px + 9 * noise_at (noise, px / 23 + 3, py / 23), by = py + 9 * noise_at (noise, px / 23, py / 23 + 7);
        float depth = 0, large;

        if (age <= 0)
          continue;
        large = 74 * cell_border (seed + 11, bx / 74, by / 62);
        depth = MIN (2 * age, 1.0f) * (1 - smooth_edge (large - 0.45f - 0.3f * age, 0.9f));
        if (age > 0.42f && depth < 1)
          {
            float fine = 31 * cell_border (seed + 12, bx / 31 + 50, by / 35 + 50);

            depth = MAX (depth, MIN (3 * (age - 0.42f), 0.8f) * (1 - smooth_edge (fine - 0.35f, 0.8f)));
          }
        pmt_plane_row (job->plane, y)[x] = depth;
      }
  return TRUE;
}

PmtPlane *
paint_cracks (PmtContext *context, const Phantom *phantom, GError **error)
{
  double               density = phantom->options.density;
  g_autoptr (PmtPlane) plane = pmt_plane_new ((int) (phantom->options.width * density),
                                              (int) (phantom->options.height * density), error);
  CrackJob             job = { phantom, plane };

  if (plane == NULL || !pmt_parallel_for (context, (plane->height + STRIP - 1) / STRIP, crack_strip, &job, error))
    return NULL;
  return g_steal_pointer (&plane);
}

/* -- threads: two families of cosines whose spacing wanders, one over the other by turns -- */

#define THREAD_SPACING 4.6f   /* units; a fine canvas seen at an ordinary resolution */

typedef struct
{
  const Phantom *phantom;
  PhantomBand    band;
  PmtPlane      *plane;
} SurfaceJob;

/* cos(2π·turns) to 0.1 %: a parabola, corrected by its square. */
static inline float
cosine_turn (float turns)
{
  float t = turns + 0.25f, p;

  t -= floorf (t + 0.5f);                        /* -½ … ½; now sin(2πt) is wanted */
  p = 8 * t * (1 - 2 * fabsf (t));
  return 0.225f * (p * fabsf (p) - p) + p;
}

static gboolean
surface_strip (int index, int thread, gpointer data, GError **error)
{
  const SurfaceJob *job = data;
  const NoiseTable *noise = job->phantom->noise;
  float             unit = (float) (1 / job->phantom->options.density);
  float             weave = surface[job->band].weave * (float) job->phantom->options.weave;
  float             crack = surface[job->band].crack * (float) job->phantom->options.craquelure;

  for (int y = index * STRIP; y < MIN ((index + 1) * STRIP, job->plane->height); y++)
    {
      float *row = pmt_plane_row (job->plane, y);

      for (int x = 0; x < job->plane->width; x++)
        {
          float px = (x + 0.5f) * unit, py = (y + 0.5f) * unit, wander, p, q, slub;

          if (weave != 0)
            {
              wander = 1.3f * noise_at (noise, px / 57 + 90, py / 57 + 13);
              p = px / THREAD_SPACING + wander;
              q = py / (THREAD_SPACING * 1.13f) - wander + 0.9f * noise_at (noise, px / 43 + 21, py / 61 + 33);
              slub = 1 + 0.7f * (noise_at (noise, px / 90 + 7, q + 100) + noise_at (noise, p + 60, py / 90));
              row[x] += weave * slub * (cosine_turn (p) + cosine_turn (q) + 0.7f * cosine_turn (0.5f * (p + q)));
            }
          if (crack != 0)
            row[x] += crack * pmt_plane_row (job->phantom->cracks, y)[x] * (0.4f + row[x]);
        }
    }
  return TRUE;
}

gboolean
paint_surface (PmtContext *context, const Phantom *phantom, PhantomBand band, PmtPlane *plane, GError **error)
{
  SurfaceJob job = { phantom, band, plane };

  return pmt_parallel_for (context, (plane->height + STRIP - 1) / STRIP, surface_strip, &job, error);
}
