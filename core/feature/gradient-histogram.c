/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directions and descriptors of keypoints from histograms of gradients (Lowe 2004), on a patch that is read through
 * the keypoint's own frame, so that the window's weights are constant tables.
 *
 * Direction: the peaks of a histogram of gradient angles within 4.5 σ. Descriptor: 4 × 4 cells of 3 σ, in each a
 * histogram of 8 angles relative to the direction, interpolated in place and angle; normalised, clipped at 0.2, and
 * then the square root of the L1-normalised values (Arandjelović & Zisserman 2012), which makes the Euclidean distance
 * that of Hellinger. For either contrast, angles are taken modulo π. */
#include <math.h>
#include <string.h>

#include "feature/keypoints-private.h"

#define STEP       0.75f    /* σ between samples of the patch: a Gaussian of σ holds nothing finer */
#define AROUND     13       /* samples a side for the direction */
#define WINDOW     1.5f     /* σ of the direction's weights, in σ */
#define BINS       36       /* of a full turn */
#define SMOOTHINGS 4
#define RIVAL      0.8f     /* of the highest peak: a direction of its own */
#define CELLS      4
#define CELL       4        /* samples a cell */
#define PATCH      (CELLS * CELL + CELL)    /* half a cell more on each side, for interpolation */
#define ANGLES     8
#define CLIP       0.2f
#define MIN_SHARE  0.5f     /* of the direction's window that must be valid */

/* Values on a turned grid of n × n points `step` octave px apart round (x, y), bilinear; weight 0 where a sample lies
 * outside the image or is invalid. */
__attribute__ ((target_clones ("default", "arch=x86-64-v3"))) static void
sample (const PmtPlane *plane, const PmtPlane *valid, double x, double y, double angle, double step, int n,
        float *value, float *weight)
{
  float  c = (float) (step * cos (angle)), s = (float) (step * sin (angle)), half = 0.5f * (float) (n - 1);
  float  right = (float) (plane->width - 1), bottom = (float) (plane->height - 1);

  for (int j = 0; j < n; j++)
    for (int i = 0; i < n; i++)
      {
        float        u = (float) x - 0.5f + c * ((float) i - half) - s * ((float) j - half);
        float        v = (float) y - 0.5f + s * ((float) i - half) + c * ((float) j - half);
        float        cu = u < 0 ? 0 : u > right ? right : u, cv = v < 0 ? 0 : v > bottom ? bottom : v;
        int          k = MIN ((int) cu, plane->width - 2), l = MIN ((int) cv, plane->height - 2);
        const float *a = pmt_plane_row (plane, l) + k, *b = a + plane->stride;

        weight[j * n + i] = cu == u && cv == v;
        cu -= (float) k;
        cv -= (float) l;
        value[j * n + i] = (1 - cv) * ((1 - cu) * a[0] + cu * a[1]) + cv * ((1 - cu) * b[0] + cu * b[1]);
        if (valid != NULL && !(pmt_plane_row (valid, l + (cv > 0.5f))[k + (cu > 0.5f)] > 0))
          weight[j * n + i] = 0;
      }
}

/* The angle of (x, y) in turns, 0 … 1, to 1e-5 (Hastings 1955, his 9th-degree arctangent). */
static inline float
turns (float y, float x)
{
  float ax = fabsf (x), ay = fabsf (y), big = ax > ay ? ax : ay, small = ax > ay ? ay : ax;
  float t = small / (big > 1e-20f ? big : 1e-20f), q = t * t;
  float a = t * (0.9998660f + q * (-0.3302995f + q * (0.1801410f + q * (-0.0851330f + q * 0.0208351f))));

  a *= 0.15915494f;
  a = ay > ax ? 0.25f - a : a;
  a = x < 0 ? 0.5f - a : a;
  return y < 0 ? 1.f - a : a;
}

/* Central differences of an (n+2)² patch: n² lengths and angles (in turns, of a half turn for either contrast), the
 * length 0 where a neighbour is missing. */
__attribute__ ((target_clones ("default", "arch=x86-64-v3"))) static void
gradients (const float *value, const float *weight, int n, float periods, float *length, float *angle)
{
  int stride = n + 2;

  for (int j = 0; j < n; j++)
    {
      const float *row = value + (j + 1) * stride + 1, *w = weight + (j + 1) * stride + 1;

      for (int i = 0; i < n; i++)
        {
          float gx = row[i + 1] - row[i - 1], gy = row[i + stride] - row[i - stride];
          float a = periods * turns (gy, gx);

          a = a >= 1 ? a - 1 : a;
          length[j * n + i] = sqrtf (gx * gx + gy * gy) * w[i] * w[i + 1] * w[i - 1] * w[i + stride] * w[i - stride];
          angle[j * n + i] = a >= 1 ? 0 : a;
        }
    }
}

static const PmtPlane *
nearest_plane (const PmtOctave *octave, const PmtKeypoint *point)
{
  return octave->plane[CLAMP ((int) lround (point->level), 0, PMT_SCALE_PLANES - 1)];
}

/* -- direction -- */

static void
smooth (float *histogram, int bins)
{
  for (int pass = 0; pass < SMOOTHINGS; pass++)
    {
      float first = histogram[0], before = histogram[bins - 1];

      for (int k = 0; k < bins; k++)
        {
          float here = histogram[k], after = k + 1 < bins ? histogram[k + 1] : first;

          histogram[k] = (before + here + after) / 3;
          before = here;
        }
    }
}

static int
peaks (const float *histogram, int bins, double period, double angle[PMT_DIRECTIONS])
{
  float height[PMT_DIRECTIONS] = { 0 }, highest = 0;
  int   n = 0;

  for (int k = 0; k < bins; k++)
    highest = MAX (highest, histogram[k]);
  if (!(highest > 0))
    return 0;
  for (int k = 0; k < bins; k++)
    {
      float  before = histogram[(k + bins - 1) % bins], here = histogram[k], after = histogram[(k + 1) % bins];
      double at;
      int    place = n;

      if (!(here > before && here >= after && here >= RIVAL * highest))
        continue;
      at = k + 0.5 * (before - after) / (before - 2 * here + after);
      while (place > 0 && height[place - 1] < here)
        place--;
      if (place == PMT_DIRECTIONS)
        continue;
      n = MIN (n + 1, PMT_DIRECTIONS);
      for (int m = n - 1; m > place; m--)
        {
          height[m] = height[m - 1];
          angle[m] = angle[m - 1];
        }
      height[place] = here;
      angle[place] = at * period / bins;
    }
  return n;
}

int
_pmt_keypoint_directions (const PmtOctave *octave, const PmtKeypoint *point, gboolean either_contrast,
                          double angle[PMT_DIRECTIONS])
{
  float value[(AROUND + 2) * (AROUND + 2)], weight[(AROUND + 2) * (AROUND + 2)];
  float length[AROUND * AROUND], direction[AROUND * AROUND], histogram[BINS] = { 0 };
  float window[AROUND], all = 0, valid = 0, half = 0.5f * (AROUND - 1);
  int   bins = either_contrast ? BINS / 2 : BINS;

  sample (nearest_plane (octave, point), octave->valid, point->ox, point->oy, 0, STEP * point->sigma * octave->scale,
          AROUND + 2, value, weight);
  gradients (value, weight, AROUND, either_contrast ? 2 : 1, length, direction);
  for (int i = 0; i < AROUND; i++)
    window[i] = expf (-0.5f * ((float) i - half) * ((float) i - half) * STEP * STEP / (WINDOW * WINDOW));
  for (int j = 0; j < AROUND; j++)
    for (int i = 0; i < AROUND; i++)
      {
        float square = ((float) i - half) * ((float) i - half) + ((float) j - half) * ((float) j - half);
        float w = window[i] * window[j];
        float at = direction[j * AROUND + i] * (float) bins, share;
        int   k = (int) at;

        if (square > (half + 0.5f) * (half + 0.5f))
          continue;
        all += w;
        valid += w * weight[(j + 1) * (AROUND + 2) + i + 1];
        share = at - (float) k;
        histogram[k % bins] += (1 - share) * w * length[j * AROUND + i];
        histogram[(k + 1) % bins] += share * w * length[j * AROUND + i];
      }
  if (!(valid >= MIN_SHARE * all))
    return 0;
  smooth (histogram, bins);
  return peaks (histogram, bins, either_contrast ? G_PI : 2 * G_PI, angle);
}

/* -- descriptor -- */

/* Adds each sample of a row, weighted, to the angles of the two columns of cells it lies between. */
__attribute__ ((target_clones ("default", "arch=x86-64-v3"))) static void
gather (const float *length, const float *angle, const float *window, float cells[CELLS + 2][ANGLES])
{
  memset (cells, 0, (CELLS + 2) * ANGLES * sizeof (float));
  for (int i = 0; i < PATCH; i++)
    {
      int   left = (2 * i + 1) / (2 * CELL);      /* padded by a cell on each side */
      float share = ((float) i + 0.5f) / CELL - (float) left;
      float at = angle[i] * ANGLES, m = window[i] * length[i];
      float nearer = (1 - share) * m, farther = share * m;

      for (int b = 0; b < ANGLES; b++)
        {
          float d = fabsf (at - (float) b), w;

          d = d < ANGLES - d ? d : ANGLES - d;
          w = 1 - d;
          w = w > 0 ? w : 0;
          cells[left][b] += w * nearer;
          cells[left + 1][b] += w * farther;
        }
    }
}

static gboolean
normalise (const float *histogram, gint16 *descriptor)
{
  float squares = 0, limit, sum = 0, clipped[PMT_DESCRIPTOR_SIZE];

  for (int k = 0; k < PMT_DESCRIPTOR_SIZE; k++)
    squares += histogram[k] * histogram[k];
  if (!(squares > 1e-12f))
    return FALSE;
  limit = CLIP * sqrtf (squares);
  for (int k = 0; k < PMT_DESCRIPTOR_SIZE; k++)
    {
      clipped[k] = MIN (histogram[k], limit);
      sum += clipped[k];
    }
  for (int k = 0; k < PMT_DESCRIPTOR_SIZE; k++)
    descriptor[k] = (gint16) (PMT_DESCRIPTOR_ONE * sqrtf (clipped[k] / sum) + 0.5f);
  return TRUE;
}

gboolean
_pmt_keypoint_describe (const PmtOctave *octave, const PmtKeypoint *point, gboolean either_contrast,
                        gint16 descriptor[PMT_DESCRIPTOR_SIZE])
{
  float value[(PATCH + 2) * (PATCH + 2)], weight[(PATCH + 2) * (PATCH + 2)];
  float length[PATCH * PATCH], direction[PATCH * PATCH], window[PATCH];
  float histogram[PMT_DESCRIPTOR_SIZE] = { 0 };

  sample (nearest_plane (octave, point), octave->valid, point->ox, point->oy, point->angle,
          STEP * point->sigma * octave->scale, PATCH + 2, value, weight);
  gradients (value, weight, PATCH, either_contrast ? 2 : 1, length, direction);
  for (int i = 0; i < PATCH; i++)
    {
      float u = ((float) i + 0.5f - 0.5f * PATCH) / (0.5f * CELLS * CELL);

      window[i] = expf (-0.5f * u * u);
    }
  for (int j = 0; j < PATCH; j++)
    {
      float cells[CELLS + 2][ANGLES];
      int   above = (2 * j + 1) / (2 * CELL) - 1;
      float share = ((float) j + 0.5f) / CELL - (float) (above + 1);

      gather (length + j * PATCH, direction + j * PATCH, window, cells);
      for (int row = MAX (above, 0); row <= MIN (above + 1, CELLS - 1); row++)
        for (int k = 0; k < CELLS * ANGLES; k++)
          histogram[row * CELLS * ANGLES + k] += (row == above ? 1 - share : share) * window[j]
                                                 * cells[1 + k / ANGLES][k % ANGLES];
    }
  return normalise (histogram, descriptor);
}

void
_pmt_descriptor_turn (const gint16 *descriptor, gint16 *turned)
{
  for (int cell = 0; cell < CELLS * CELLS; cell++)
    memcpy (turned + (CELLS * CELLS - 1 - cell) * ANGLES, descriptor + cell * ANGLES, ANGLES * sizeof *turned);
}
