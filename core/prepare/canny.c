/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Canny's (1986) edges: 255 on an edge one pixel wide, 0 elsewhere.
 *
 *   1. g = ∇(G ∗ v), σ = 1.4 px, central differences;
 *   2. ridges: |g| is not less than |g| one pixel before and more than one pixel after along g, interpolated between the
 *      two of the eight neighbours that g points between;
 *   3. hysteresis: ridges with |g| > high, and those with |g| > low that hang together with them (8-connected).
 *
 * high is the STRONG quantile of |g| over the valid pixels, low = WEAK·high, Canny's 2 … 3 to one. */
#include "prepare/prepare-private.h"

#include <math.h>

#include "base/error.h"
#include "image/filter-private.h"

#define SIGMA  1.4     /* px */
#define STRONG 0.90
#define WEAK   0.4f

enum { NOTHING, MAYBE, EDGE };

typedef struct { int x, y; } Place;

/* |g| a pixel away from (x, y) in the direction (±1 times) of g, linear between neighbours. */
static float
beside (const PmtPlane *length, int x, int y, float gx, float gy, int sign)
{
  int   sx = gx < 0 ? -sign : sign, sy = gy < 0 ? -sign : sign;
  float ax = fabsf (gx), ay = fabsf (gy), diagonal = pmt_plane_row (length, y + sy)[x + sx];

  if (ax >= ay)
    return diagonal * (ay / ax) + pmt_plane_row (length, y)[x + sx] * (1 - ay / ax);
  return diagonal * (ax / ay) + pmt_plane_row (length, y + sy)[x] * (1 - ax / ay);
}

/* Labels ridges; the strong ones are edges and go to the list of places to grow from. */
static void
find_ridges (const PmtPlane *gx, const PmtPlane *gy, const PmtPlane *length, const PmtPlane *mask, float high,
             guint8 *label, GArray *seeds)
{
  for (int y = 1; y < length->height - 1; y++)
    for (int x = 1; x < length->width - 1; x++)
      {
        float l = pmt_plane_row (length, y)[x], u = pmt_plane_row (gx, y)[x], v = pmt_plane_row (gy, y)[x];

        if (!(pmt_plane_row (mask, y)[x] > 0) || !(l > WEAK * high) || !(l >= beside (length, x, y, u, v, -1))
            || !(l > beside (length, x, y, u, v, 1)))
          continue;
        label[(gsize) y * length->width + x] = l > high ? EDGE : MAYBE;
        if (l > high)
          g_array_append_val (seeds, ((Place) { x, y }));
      }
}

static void
grow (guint8 *label, int width, GArray *seeds)
{
  while (seeds->len > 0)
    {
      Place p = g_array_index (seeds, Place, seeds->len - 1);

      g_array_set_size (seeds, seeds->len - 1);
      for (int k = 0; k < 9; k++)     /* ridges keep a pixel away from the image's sides */
        {
          Place   next = { p.x + k % 3 - 1, p.y + k / 3 - 1 };
          guint8 *l = &label[(gsize) next.y * width + next.x];

          if (*l != MAYBE)
            continue;
          *l = EDGE;
          g_array_append_val (seeds, next);
        }
    }
}

static gboolean
gradient (const PmtGrey *in, PmtPlane *gx, PmtPlane *gy, PmtPlane *length, GError **error)
{
  if (!_pmt_valid_blur (in, SIGMA, length, error))
    return FALSE;
  _pmt_gradient (length, gx, gy);
  for (int y = 0; y < length->height; y++)
    for (int x = 0; x < length->width; x++)
      pmt_plane_row (length, y)[x] = hypotf (pmt_plane_row (gx, y)[x], pmt_plane_row (gy, y)[x]);
  return TRUE;
}

PmtGrey *
_pmt_prepare_canny (PmtContext *context, const PmtGrey *in, GError **error)
{
  int                  width = in->value->width, height = in->value->height;
  g_autoptr (PmtPlane) gx = pmt_plane_new (width, height, error);
  g_autoptr (PmtPlane) gy = gx != NULL ? pmt_plane_new (width, height, error) : NULL;
  g_autoptr (PmtPlane) length = gy != NULL ? pmt_plane_new (width, height, error) : NULL;
  g_autoptr (PmtGrey)  out = length != NULL ? _pmt_prepare_eroded (in, 2, error) : NULL;
  g_autoptr (GArray)   seeds = g_array_new (FALSE, FALSE, sizeof (Place));
  g_autofree guint8   *label = g_try_malloc0 ((gsize) width * height);
  float                high;

  if (out == NULL || !gradient (in, gx, gy, length, error))
    return NULL;
  high = _pmt_valid_quantile (length, out->mask, STRONG, error);
  if (isnan (high) || label == NULL)
    {
      if (label == NULL)
        g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for the edges of %d × %d pixels", width, height);
      return NULL;
    }
  find_ridges (gx, gy, length, out->mask, high, label, seeds);
  grow (label, width, seeds);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      pmt_plane_row (out->value, y)[x] = label[(gsize) y * width + x] == EDGE ? 255 : 0;
  _pmt_prepare_fill (out);
  return g_steal_pointer (&out);
}
