/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keypoints: extrema over place and scale of the difference of Gaussians D_k = L_{k+1} − L_k (Lowe 2004), placed
 * between pixels by a quadric through the 3 × 3 × 3 samples round them,
 *
 *     x̂ = −H⁻¹ ∇D,    D(x̂) = D + ½ ∇Dᵀ x̂
 *
 * kept where |D(x̂)| is visible and the curvatures' ratio is below 10 (tr² H_xy / det H_xy < 11²/10: on an edge the
 * place along it is not known). Of too many, the strongest of every cell of a grid go first, then all second ones, and
 * so on: places bunched in one loud corner fix no map. */
#include "feature/keypoints-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

#define BLOCK        16      /* rows an item */
#define BORDER       2       /* octave px left out: the quadric needs neighbours */
#define MOVES        4       /* pixels that the quadric may lead away */
#define EDGE_RATIO   10.0
#define PREVIEW      0.6     /* of the contrast: samples are weaker than the peak between them */
#define CELLS        16      /* of the grid, along the square root of the area */
#define MASK_MARGIN  1.5     /* σ: how far a keypoint stays from what is invalid */
#define DESCRIBED    32      /* keypoints an item */

/* -- extrema of one octave -- */

typedef struct
{
  const PmtOctave *octave;
  int              index;
  float            threshold, contrast;
  GArray         **found;       /* of PmtKeypoint, one a block */
} Scan;

static inline float
difference (const PmtOctave *o, int level, int y, int x)
{
  return pmt_plane_row (o->plane[level + 1], y)[x] - pmt_plane_row (o->plane[level], y)[x];
}

/* Whether v is above (below, for a negative v) all its 26 neighbours; `d` holds three rows of each of three levels.
 * Its own level comes first: most samples fail there. */
static inline gboolean
is_extremum (float *const d[3][3], int x, float v)
{
  static const int order[3] = { 1, 0, 2 };
  float            sign = v > 0 ? 1.f : -1.f;

  v *= sign;
  for (int level = 0; level < 3; level++)
    for (int row = 0; row < 3; row++)
      for (int k = -1; k <= 1; k++)
        if (!(level == 0 && order[row] == 1 && k == 0) && !(sign * d[order[level]][order[row]][x + k] < v))
          return FALSE;
  return TRUE;
}

/* Solves the symmetric 3 × 3 system h·x = −g; FALSE when it is singular. */
static gboolean
solve3 (const double h[3][3], const double g[3], double x[3])
{
  double c00 = h[1][1] * h[2][2] - h[1][2] * h[1][2], c01 = h[0][2] * h[1][2] - h[0][1] * h[2][2];
  double c02 = h[0][1] * h[1][2] - h[0][2] * h[1][1], c11 = h[0][0] * h[2][2] - h[0][2] * h[0][2];
  double c12 = h[0][1] * h[0][2] - h[0][0] * h[1][2], c22 = h[0][0] * h[1][1] - h[0][1] * h[0][1];
  double det = h[0][0] * c00 + h[0][1] * c01 + h[0][2] * c02;

  if (!(fabs (det) > 1e-12))
    return FALSE;
  x[0] = -(c00 * g[0] + c01 * g[1] + c02 * g[2]) / det;
  x[1] = -(c01 * g[0] + c11 * g[1] + c12 * g[2]) / det;
  x[2] = -(c02 * g[0] + c12 * g[1] + c22 * g[2]) / det;
  return TRUE;
}

static void
derivatives (const PmtOctave *o, int l, int y, int x, double g[3], double h[3][3])
{
  double v = difference (o, l, y, x);
  double left = difference (o, l, y, x - 1), right = difference (o, l, y, x + 1);
  double up = difference (o, l, y - 1, x), down = difference (o, l, y + 1, x);
  double finer = difference (o, l - 1, y, x), coarser = difference (o, l + 1, y, x);

  g[0] = 0.5 * (right - left), g[1] = 0.5 * (down - up), g[2] = 0.5 * (coarser - finer);
  h[0][0] = right + left - 2 * v, h[1][1] = down + up - 2 * v, h[2][2] = coarser + finer - 2 * v;
  h[0][1] = h[1][0] = 0.25 * (difference (o, l, y + 1, x + 1) - difference (o, l, y + 1, x - 1)
                              - difference (o, l, y - 1, x + 1) + difference (o, l, y - 1, x - 1));
  h[0][2] = h[2][0] = 0.25 * (difference (o, l + 1, y, x + 1) - difference (o, l + 1, y, x - 1)
                              - difference (o, l - 1, y, x + 1) + difference (o, l - 1, y, x - 1));
  h[1][2] = h[2][1] = 0.25 * (difference (o, l + 1, y + 1, x) - difference (o, l + 1, y - 1, x)
                              - difference (o, l - 1, y + 1, x) + difference (o, l - 1, y - 1, x));
}

static gboolean
is_clear_of_mask (const PmtOctave *o, double x, double y, double sigma)
{
  int r = (int) ceil (MASK_MARGIN * sigma);

  if (o->valid == NULL)
    return TRUE;
  for (int j = -r; j <= r; j++)
    for (int i = -r; i <= r; i++)
      {
        int u = (int) x + i, v = (int) y + j;

        if (u >= 0 && v >= 0 && u < o->valid->width && v < o->valid->height
            && !(pmt_plane_row (o->valid, v)[u] > 0))
          return FALSE;
      }
  return TRUE;
}

/* From the sample (x, y, l) to the extremum between samples; FALSE where it is weak, on an edge, or runs away. */
static gboolean
locate (const Scan *scan, int x, int y, int l, PmtKeypoint *point)
{
  const PmtOctave *o = scan->octave;
  int              width = o->plane[0]->width, height = o->plane[0]->height;
  double           g[3], h[3][3], offset[3], strength, trace, det;

  for (int move = 0;; move++)
    {
      derivatives (o, l, y, x, g, h);
      if (!solve3 (h, g, offset))
        return FALSE;
      if (fabs (offset[0]) <= 0.6 && fabs (offset[1]) <= 0.6 && fabs (offset[2]) <= 0.6)
        break;
      if (move == MOVES || fabs (offset[0]) > 8 || fabs (offset[1]) > 8 || fabs (offset[2]) > 8)
        return FALSE;
      x += (int) lround (CLAMP (offset[0], -1, 1));
      y += (int) lround (CLAMP (offset[1], -1, 1));
      l += (int) lround (CLAMP (offset[2], -1, 1));
      if (x < BORDER || y < BORDER || x >= width - BORDER || y >= height - BORDER || l < 1 || l > PMT_SCALE_STEPS)
        return FALSE;
    }
  strength = difference (o, l, y, x) + 0.5 * (g[0] * offset[0] + g[1] * offset[1] + g[2] * offset[2]);
  trace = h[0][0] + h[1][1];
  det = h[0][0] * h[1][1] - h[0][1] * h[0][1];
  if (!(fabs (strength) >= scan->contrast) || !(det > 0)
      || !(trace * trace * EDGE_RATIO < (EDGE_RATIO + 1) * (EDGE_RATIO + 1) * det))
    return FALSE;
  *point = (PmtKeypoint) { .ox = x + 0.5 + offset[0], .oy = y + 0.5 + offset[1], .level = l + offset[2],
                           .strength = fabs (strength), .octave = scan->index };
  point->sigma = PMT_SCALE_SIGMA * exp2 (point->level / PMT_SCALE_STEPS);
  if (!is_clear_of_mask (o, point->ox, point->oy, point->sigma))
    return FALSE;
  point->x = point->ox / o->scale;
  point->y = point->oy / o->scale;
  point->sigma /= o->scale;
  return TRUE;
}

__attribute__ ((target_clones ("default", "arch=x86-64-v3"))) static void
subtract (const float *a, const float *b, int n, float *out)
{
  for (int x = 0; x < n; x++)
    out[x] = a[x] - b[x];
}

static gboolean
scan_block (int index, int thread, gpointer data, GError **error)
{
  const Scan       *scan = data;
  const PmtOctave  *o = scan->octave;
  int               width = o->plane[0]->width, height = o->plane[0]->height;
  int               first = MAX (index * BLOCK, BORDER), last = MIN ((index + 1) * BLOCK, height - BORDER);
  int               levels = PMT_SCALE_PLANES - 1;
  g_autofree float *rows = g_new (float, (gsize) (BLOCK + 2) * levels * width);

  for (int y = first - 1; y <= last && first < last; y++)
    for (int l = 0; l < levels; l++)
      subtract (pmt_plane_row (o->plane[l + 1], y), pmt_plane_row (o->plane[l], y), width,
                rows + (gsize) ((y - first + 1) * levels + l) * width);
  for (int y = first; y < last; y++)
    for (int l = 1; l <= PMT_SCALE_STEPS; l++)
      {
        float       *d[3][3];
        const float *centre;

        for (int level = 0; level < 3; level++)
          for (int row = 0; row < 3; row++)
            d[level][row] = rows + (gsize) ((y - first + row) * levels + l - 1 + level) * width;
        centre = d[1][1];
        for (int x = BORDER; x < width - BORDER; x++)
          {
            PmtKeypoint point;

            if (fabsf (centre[x]) > scan->threshold && is_extremum (d, x, centre[x]) && locate (scan, x, y, l, &point))
              g_array_append_val (scan->found[index], point);
          }
      }
  return TRUE;
}

static gboolean
scan_octave (PmtContext *context, const PmtOctave *octave, int index, double contrast, GArray *found, GError **error)
{
  int      blocks = (octave->plane[0]->height + BLOCK - 1) / BLOCK;
  Scan     scan = { octave, index, (float) (PREVIEW * contrast), (float) contrast, g_new (GArray *, blocks) };
  gboolean ok;

  for (int k = 0; k < blocks; k++)
    scan.found[k] = g_array_new (FALSE, FALSE, sizeof (PmtKeypoint));
  ok = pmt_parallel_for (context, blocks, scan_block, &scan, error);
  for (int k = 0; k < blocks; k++)
    {
      if (scan.found[k]->len > 0)
        g_array_append_vals (found, scan.found[k]->data, scan.found[k]->len);
      g_array_unref (scan.found[k]);
    }
  g_free (scan.found);
  return ok;
}

/* -- which to keep -- */

static int
by_strength (gconstpointer a, gconstpointer b)
{
  const PmtKeypoint *p = a, *q = b;

  if (p->strength != q->strength)
    return p->strength < q->strength ? 1 : -1;
  if (p->y != q->y)
    return p->y > q->y ? 1 : -1;
  return (p->x > q->x) - (p->x < q->x);
}

typedef struct { int turn, order; } Turn;

static int
by_turn (const void *a, const void *b)
{
  const Turn *p = a, *q = b;

  return p->turn != q->turn ? p->turn - q->turn : p->order - q->order;
}

/* Two extrema that met at one place count once. */
static gboolean
is_same (const PmtKeypoint *p, const PmtKeypoint *q)
{
  return fabs (p->x - q->x) < 0.1 * p->sigma && fabs (p->y - q->y) < 0.1 * p->sigma
         && fabs (p->sigma - q->sigma) < 0.05 * p->sigma;
}

static void
keep_spread (GArray *points, int most, int width, int height)
{
  double             cell = sqrt ((double) width * height) / CELLS;
  int                across = (int) ceil (width / cell), down = (int) ceil (height / cell);
  g_autofree int    *count = g_new0 (int, (gsize) across * down);
  g_autofree Turn   *turns = NULL;
  g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (PmtKeypoint));

  g_array_sort (points, by_strength);
  for (guint i = 0; i < points->len; i++)       /* twins follow each other in this order, strengths being equal */
    if (i == 0 || !is_same (&g_array_index (points, PmtKeypoint, i), &g_array_index (points, PmtKeypoint, i - 1)))
      g_array_append_val (kept, g_array_index (points, PmtKeypoint, i));
  turns = g_new (Turn, MAX (kept->len, 1));
  for (guint i = 0; i < kept->len; i++)
    {
      const PmtKeypoint *p = &g_array_index (kept, PmtKeypoint, i);
      int                u = CLAMP ((int) (p->x / cell), 0, across - 1), v = CLAMP ((int) (p->y / cell), 0, down - 1);

      turns[i] = (Turn) { count[v * across + u]++, (int) i };
    }
  qsort (turns, kept->len, sizeof *turns, by_turn);
  g_array_set_size (points, 0);
  for (int i = 0; i < MIN ((int) kept->len, most); i++)
    g_array_append_val (points, g_array_index (kept, PmtKeypoint, turns[i].order));
}

/* -- directions and descriptors -- */

typedef struct
{
  const PmtScaleSpace *space;
  const GArray        *points;
  gboolean             either_contrast;
  PmtKeypoint         *turned;       /* PMT_DIRECTIONS a point */
  gint16              *descriptor;   /* of each */
  gboolean            *is_good;
} Describe;

static gboolean
describe_block (int index, int thread, gpointer data, GError **error)
{
  const Describe *d = data;
  int             last = MIN ((index + 1) * DESCRIBED, (int) d->points->len);

  for (int i = index * DESCRIBED; i < last; i++)
    {
      const PmtKeypoint *point = &g_array_index (d->points, PmtKeypoint, i);
      const PmtOctave   *octave = &d->space->octave[point->octave];
      double             angle[PMT_DIRECTIONS];
      int                n = _pmt_keypoint_directions (octave, point, d->either_contrast, angle);

      for (int k = 0; k < n; k++)
        {
          int slot = i * PMT_DIRECTIONS + k;

          d->turned[slot] = *point;
          d->turned[slot].angle = angle[k];
          d->is_good[slot] = _pmt_keypoint_describe (octave, &d->turned[slot], d->either_contrast,
                                                     d->descriptor + (gsize) slot * PMT_DESCRIPTOR_SIZE);
        }
    }
  return TRUE;
}

gboolean
_pmt_keypoints_describe (PmtContext *context, PmtKeypoints *k, gboolean either_contrast, GError **error)
{
  gsize                slots = (gsize) MAX (k->places->len, 1) * PMT_DIRECTIONS;
  g_autofree gboolean *is_good = g_new0 (gboolean, slots);
  Describe             d = { k->space, k->places, either_contrast, NULL, NULL, is_good };

  k->n = 0;
  k->either_contrast = either_contrast;
  if (k->descriptor == NULL)
    {
      k->point = g_new0 (PmtKeypoint, slots);
      k->descriptor = pmt_buffer_new (slots * PMT_DESCRIPTOR_SIZE, sizeof (gint16), error);
    }
  if (k->descriptor == NULL)
    return FALSE;
  d.turned = k->point;
  d.descriptor = k->descriptor;
  if (!pmt_parallel_for (context, ((int) k->places->len + DESCRIBED - 1) / DESCRIBED, describe_block, &d, error))
    return FALSE;
  for (gsize i = 0; i < slots; i++)       /* close the gaps, in order */
    if (is_good[i])
      {
        k->point[k->n] = k->point[i];
        memmove (k->descriptor + (gsize) k->n * PMT_DESCRIPTOR_SIZE, k->descriptor + i * PMT_DESCRIPTOR_SIZE,
                 PMT_DESCRIPTOR_SIZE * sizeof (gint16));
        k->n++;
      }
  return TRUE;
}

PmtKeypoints *
_pmt_keypoints_new (PmtContext *context, const PmtGrey *grey, int most, double contrast, GError **error)
{
  g_autoptr (PmtKeypoints) keypoints = g_new0 (PmtKeypoints, 1);

  keypoints->places = g_array_new (FALSE, FALSE, sizeof (PmtKeypoint));
  keypoints->space = _pmt_scale_space_new (context, grey, error);
  if (keypoints->space == NULL)
    return NULL;
  for (int o = 0; o < keypoints->space->octaves; o++)
    if (!scan_octave (context, &keypoints->space->octave[o], o, contrast, keypoints->places, error))
      return NULL;
  keep_spread (keypoints->places, most, grey->value->width, grey->value->height);
  return g_steal_pointer (&keypoints);
}

void
_pmt_keypoints_drop_space (PmtKeypoints *keypoints)
{
  g_clear_pointer (&keypoints->space, _pmt_scale_space_free);
}

void
_pmt_keypoints_free (PmtKeypoints *keypoints)
{
  if (keypoints == NULL)
    return;
  _pmt_scale_space_free (keypoints->space);
  g_array_unref (keypoints->places);
  g_free (keypoints->point);
  pmt_buffer_free (keypoints->descriptor);
  g_free (keypoints);
}
