/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaussian scale space in octaves (Lindeberg 1994; Lowe 2004). Each plane is blurred from the one before by
 * √(σ_{k+1}² − σ_k²); an octave's first plane is the average of 2 × 2 pixels of the plane of twice its σ, so that a
 * change of octave is a pure factor in coordinates. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "feature/keypoints-private.h"
#include "image/filter-private.h"

#define CAMERA_SIGMA  0.5      /* px: what pixels of any image are blurred by already (Lowe) */
#define PAIR_VARIANCE 0.25     /* px²: of the mean of two pixels */
#define TRUNCATE      3.5      /* σ */
#define MAX_RADIUS    32
#define MIN_SIDE      16       /* px of an octave */
#define DOUBLE_BELOW  (1 << 18)   /* px */
#define BLOCK         32       /* rows an item */
#define VALID         0.99f    /* share of a pixel */
#define INVALID_REACH 2        /* octave px */

typedef struct
{
  const PmtPlane *in;
  PmtPlane       *out;
  float           kernel[MAX_RADIUS + 1];   /* one side */
  int             radius;
} Blur;

static inline int
mirror (int i, int n)
{
  while (i < 0 || i >= n)
    i = i < 0 ? -1 - i : 2 * n - 1 - i;
  return i;
}

/* out = Σ_k kernel[k]·(in[k] + in[−k]); minus[k] and plus[k] are the rows or shifted pointers on both sides. */
__attribute__ ((target_clones ("default", "arch=x86-64-v3"))) static void
weigh (const float *centre, const float *const *minus, const float *const *plus, const float *kernel, int radius,
       int n, float *out)
{
  for (int x = 0; x < n; x++)
    out[x] = kernel[0] * centre[x];
  for (int k = 1; k <= radius; k++)
    {
      const float *a = minus[k], *b = plus[k];
      float        w = kernel[k];

      for (int x = 0; x < n; x++)
        out[x] += w * (a[x] + b[x]);
    }
}

static gboolean
blur_block (int index, int thread, gpointer data, GError **error)
{
  const Blur       *blur = data;
  int               width = blur->in->width, height = blur->in->height, r = blur->radius;
  int               last = MIN ((index + 1) * BLOCK, height);
  g_autofree float *padded = g_new (float, width + 2 * r);
  const float      *minus[MAX_RADIUS + 1], *plus[MAX_RADIUS + 1];

  for (int y = index * BLOCK; y < last; y++)
    {
      for (int k = 1; k <= r; k++)
        {
          minus[k] = pmt_plane_row (blur->in, mirror (y - k, height));
          plus[k] = pmt_plane_row (blur->in, mirror (y + k, height));
        }
      weigh (pmt_plane_row (blur->in, y), minus, plus, blur->kernel, r, width, padded + r);
      for (int k = 1; k <= r; k++)
        {
          padded[r - k] = padded[r + mirror (-k, width)];
          padded[r + width - 1 + k] = padded[r + mirror (width - 1 + k, width)];
          minus[k] = padded + r - k;
          plus[k] = padded + r + k;
        }
      weigh (padded + r, minus, plus, blur->kernel, r, width, pmt_plane_row (blur->out, y));
    }
  return TRUE;
}

static PmtPlane *
blurred (PmtContext *context, const PmtPlane *in, double sigma, GError **error)
{
  g_autoptr (PmtPlane) out = pmt_plane_new (in->width, in->height, error);
  Blur                 blur = { .in = in, .out = out, .radius = CLAMP ((int) ceil (TRUNCATE * sigma), 1, MAX_RADIUS) };
  double               sum = 0;

  if (out == NULL)
    return NULL;
  for (int k = -blur.radius; k <= blur.radius; k++)
    sum += exp (-k * k / (2 * sigma * sigma));
  for (int k = 0; k <= blur.radius; k++)
    blur.kernel[k] = (float) (exp (-k * k / (2 * sigma * sigma)) / sum);
  if (!pmt_parallel_for (context, (in->height + BLOCK - 1) / BLOCK, blur_block, &blur, error))
    return NULL;
  return g_steal_pointer (&out);
}

static PmtPlane *
halved (const PmtPlane *in, GError **error)
{
  PmtPlane *out = pmt_plane_new (in->width / 2, in->height / 2, error);

  for (int y = 0; out != NULL && y < out->height; y++)
    {
      const float *a = pmt_plane_row (in, 2 * y), *b = pmt_plane_row (in, 2 * y + 1);
      float       *to = pmt_plane_row (out, y);

      for (int x = 0; x < out->width; x++)
        to[x] = 0.25f * (a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1]);
    }
  return out;
}

/* Linear interpolation: new centres lie a quarter of a pixel beside the old ones. */
static PmtPlane *
doubled (const PmtPlane *in, GError **error)
{
  PmtPlane *out = pmt_plane_new (2 * in->width, 2 * in->height, error);

  for (int y = 0; out != NULL && y < out->height; y++)
    {
      const float *a = pmt_plane_row (in, y / 2);
      const float *b = pmt_plane_row (in, mirror (y / 2 + (y & 1 ? 1 : -1), in->height));
      float       *to = pmt_plane_row (out, y);

      for (int x = 0; x < out->width; x++)
        {
          int u = x / 2, v = mirror (u + (x & 1 ? 1 : -1), in->width);

          to[x] = 0.75f * (0.75f * a[u] + 0.25f * a[v]) + 0.25f * (0.75f * b[u] + 0.25f * b[v]);
        }
    }
  return out;
}

static gboolean
has_invalid (const PmtPlane *mask)
{
  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++)
      if (!(pmt_plane_row (mask, y)[x] >= VALID))
        return TRUE;
  return FALSE;
}

/* octave->valid out of the mask at the octave's size: pixels that the first blur carries nothing invalid into. */
static gboolean
find_valid (PmtOctave *octave, const PmtPlane *mask, GError **error)
{
  g_autoptr (PmtPlane) strict = NULL;

  if (mask == NULL)
    return TRUE;
  strict = pmt_plane_copy (mask, error);
  octave->valid = pmt_plane_new (mask->width, mask->height, error);
  if (strict == NULL || octave->valid == NULL)
    return FALSE;
  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++)
      pmt_plane_row (strict, y)[x] = pmt_plane_row (mask, y)[x] >= VALID;
  return _pmt_mask_erode (strict, INVALID_REACH, TRUE, octave->valid, error);
}

/* Planes 1 … from plane 0, whose σ is `sigma`. */
static gboolean
fill_octave (PmtContext *context, PmtOctave *octave, double sigma, GError **error)
{
  for (int k = 1; k < PMT_SCALE_PLANES; k++)
    {
      double next = PMT_SCALE_SIGMA * exp2 ((double) k / PMT_SCALE_STEPS);

      octave->plane[k] = blurred (context, octave->plane[k - 1], sqrt (next * next - sigma * sigma), error);
      if (octave->plane[k] == NULL)
        return FALSE;
      sigma = next;
    }
  return TRUE;
}

/* Octave o out of what is before it: the plane of twice its σ, or the image itself, of blur `sigma`. */
static gboolean
add_octave (PmtContext *context, PmtScaleSpace *space, const PmtPlane *image, double sigma, double scale,
            const PmtPlane *mask, GError **error)
{
  int        o = space->octaves++;
  PmtOctave *octave = &space->octave[o];
  double     first = PMT_SCALE_SIGMA;

  octave->scale = scale;
  if (o == 0)
    octave->plane[0] = blurred (context, image, sqrt (first * first - sigma * sigma), error);
  else
    {
      octave->plane[0] = halved (space->octave[o - 1].plane[PMT_SCALE_STEPS], error);
      first = sqrt (first * first + 0.25 * PAIR_VARIANCE);
    }
  return octave->plane[0] != NULL && fill_octave (context, octave, first, error) && find_valid (octave, mask, error);
}

static gboolean
build (PmtContext *context, PmtScaleSpace *space, const PmtGrey *grey, GError **error)
{
  gboolean             enlarge = (gint64) grey->value->width * grey->value->height < DOUBLE_BELOW;
  double               scale = enlarge ? 2 : 1;
  g_autoptr (PmtPlane) image = enlarge ? doubled (grey->value, error) : pmt_plane_copy (grey->value, error);
  g_autoptr (PmtPlane) mask = NULL;

  if (image == NULL)
    return FALSE;
  if (has_invalid (grey->mask))
    {
      mask = enlarge ? doubled (grey->mask, error) : pmt_plane_copy (grey->mask, error);
      if (mask == NULL)
        return FALSE;
    }
  for (int width = image->width, height = image->height;
       space->octaves < PMT_SCALE_OCTAVES && width >= MIN_SIDE && height >= MIN_SIDE;
       width /= 2, height /= 2, scale /= 2)
    {
      if (space->octaves > 0 && mask != NULL)
        {
          g_autoptr (PmtPlane) finer = g_steal_pointer (&mask);

          mask = halved (finer, error);
          if (mask == NULL)
            return FALSE;
        }
      if (!add_octave (context, space, image, scale > 1 ? 2 * CAMERA_SIGMA : CAMERA_SIGMA, scale, mask, error))
        return FALSE;
    }
  return TRUE;
}

PmtScaleSpace *
_pmt_scale_space_new (PmtContext *context, const PmtGrey *grey, GError **error)
{
  g_autoptr (PmtScaleSpace) space = g_new0 (PmtScaleSpace, 1);

  return build (context, space, grey, error) ? g_steal_pointer (&space) : NULL;
}

void
_pmt_scale_space_free (PmtScaleSpace *space)
{
  if (space == NULL)
    return;
  for (int o = 0; o < space->octaves; o++)
    {
      for (int k = 0; k < PMT_SCALE_PLANES; k++)
        pmt_plane_free (space->octave[o].plane[k]);
      pmt_plane_free (space->octave[o].valid);
    }
  g_free (space);
}
