/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles to one brightness. With m_ij the mean of tile i where it overlaps j, over n_ij places, the gains e^{g_i} minimise
 *
 *     Σ n_ij (g_i + ln m_ij − g_j − ln m_ji)² + n̄·ε·Σ g_i². */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "group/block-cholesky-private.h"
#include "group/mosaic-vips.h"

#define RASTER 64.0      /* px a side, of an overlap */
#define LEAST  32        /* places, for an overlap to count */
#define RIDGE  1e-3      /* ε */

/* The brightness of i over that of j, as a logarithm. */
typedef struct { int i, j; double ratio, weight; } Equation;

typedef struct
{
  PmtContext      *context;
  const PmtMosaic *mosaic;
  PmtSource      **source;
  PmtRect         *bounds;
  GArray          *equations;
} Job;

/* One tile on the raster: the mean of its colours, NAN where it shows nothing. */
static gboolean
read_raster (Job *job, int i, const PmtMatrix3 *raster, const PmtRect *size, float *grey, GError **error)
{
  PmtSource               *source = job->source[i];
  int                      bands = pmt_source_get_bands (source), colours = bands - (pmt_source_get_alpha (source) >= 0);
  PmtSize                  canvas = { size->width, size->height };
  g_autoptr (PmtTransform) identity = pmt_transform_new (canvas, (PmtSize) { 0, 0 });
  g_autoptr (PmtTransform) step = pmt_transform_append_matrix (identity, raster, pmt_transform_get_fixed_size (job->mosaic->transform[i]), NULL, error);
  g_autoptr (PmtTransform) map = step ? pmt_transform_compose (step, job->mosaic->transform[i], error) : NULL;
  gsize                    n = (gsize) size->width * size->height;
  g_autofree float        *pixels = g_new (float, n * bands);
  g_autofree guint8       *coverage = g_new (guint8, n);

  if (map == NULL || !pmt_resample (job->context, source, map, PMT_SAMPLER_LINEAR, size, 0, pixels, (gsize) size->width * bands,
                                    coverage, error))
    return FALSE;
  for (gsize k = 0; k < n; k++)
    {
      grey[k] = coverage[k] != 0 ? 0 : NAN;
      for (int c = 0; c < colours; c++)
        grey[k] += pixels[k * bands + c] / (float) colours;
    }
  return TRUE;
}

static gboolean
compare (Job *job, int i, int j, GError **error)
{
  PmtRect           common = pmt_rect_intersect (job->bounds[i], job->bounds[j]);
  double            step = fmax (1, fmax (common.width, common.height) / RASTER), means[2] = { 0, 0 };
  PmtRect           size = { 0, 0, (int) fmax (1, common.width / step), (int) fmax (1, common.height / step) };
  PmtMatrix3        raster = { { { step, 0, common.x }, { 0, step, common.y }, { 0, 0, 1 } } };
  gsize             n = (gsize) size.width * size.height;
  g_autofree float *one = NULL, *other = NULL;
  int               places = 0;

  if (pmt_rect_is_empty (common))
    return TRUE;
  one = g_new (float, n);
  other = g_new (float, n);
  if (!read_raster (job, i, &raster, &size, one, error) || !read_raster (job, j, &raster, &size, other, error))
    return FALSE;
  for (gsize k = 0; k < n; k++)
    if (!isnan (one[k]) && !isnan (other[k]))
      {
        means[0] += one[k];
        means[1] += other[k];
        places++;
      }
  if (places >= LEAST && means[0] > 0 && means[1] > 0)
    {
      Equation e = { i, j, log (means[0] / means[1]), places };

      g_array_append_val (job->equations, e);
    }
  return TRUE;
}

static gboolean
prepare (Job *job, GError **error)
{
  for (int i = 0; i < job->mosaic->n; i++)
    if ((job->source[i] = pmt_source_vips_new (job->mosaic->tile[i], PMT_LIGHT_STORED, error)) == NULL
        || !pmt_transform_bounds (job->mosaic->transform[i], NULL, &job->bounds[i], error))
      return FALSE;
  return TRUE;
}

/* The normal equations; n̄ is the mean of what stands on their diagonal. */
static void
fill (const Job *job, PmtBlockMatrix *a, double *b)
{
  int    n = job->mosaic->n;
  double trace = 0;

  for (guint k = 0; k < job->equations->len; k++)
    {
      const Equation *e = &g_array_index (job->equations, Equation, k);

      *_pmt_block_matrix_at (a, e->i, e->i, 0, 0) += e->weight;
      *_pmt_block_matrix_at (a, e->j, e->j, 0, 0) += e->weight;
      *_pmt_block_matrix_at (a, e->i, e->j, 0, 0) -= e->weight;
      b[e->i] -= e->weight * e->ratio;
      b[e->j] += e->weight * e->ratio;
      trace += 2 * e->weight / n;
    }
  for (int i = 0; i < n; i++)
    *_pmt_block_matrix_at (a, i, i, 0, 0) += RIDGE * trace + 1;
}

static PmtBlockMatrix *
system_new (const Job *job, GError **error)
{
  int (*pair)[2] = g_malloc_n (job->equations->len + 1, sizeof *pair);
  PmtBlockMatrix *a;

  for (guint k = 0; k < job->equations->len; k++)
    {
      pair[k][0] = g_array_index (job->equations, Equation, k).i;
      pair[k][1] = g_array_index (job->equations, Equation, k).j;
    }
  a = _pmt_block_matrix_new (job->mosaic->n, 1, (int) job->equations->len, (const int (*)[2]) pair, error);
  g_free (pair);
  return a;
}

static gboolean
solve (Job *job, double *gain, GError **error)
{
  int                        n = job->mosaic->n;
  double                     mean = 0;
  g_autofree double         *b = g_new0 (double, n);
  g_autoptr (PmtBlockMatrix) a = system_new (job, error);

  if (a == NULL)
    return FALSE;
  fill (job, a, b);
  if (!_pmt_block_matrix_factor (a))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the tiles' brightness can't be balanced");
      return FALSE;
    }
  _pmt_block_matrix_solve (a, b);
  for (int i = 0; i < n; i++)
    mean += b[i] / n;
  for (int i = 0; i < n; i++)
    gain[i] = exp (b[i] - mean);
  return TRUE;
}

gboolean
pmt_mosaic_gains (PmtContext *context, const PmtMosaic *mosaic, double *gain, GError **error)
{
  int      n = mosaic->n;
  Job      job = { context, mosaic, g_new0 (PmtSource *, n), g_new0 (PmtRect, n),
                    g_array_new (FALSE, FALSE, sizeof (Equation)) };
  gboolean done = prepare (&job, error);

  for (int i = 0; i < n && done; i++)
    for (int j = i + 1; j < n && done; j++)
      done = compare (&job, i, j, error);
  done = done && solve (&job, gain, error);
  for (int i = 0; i < n; i++)
    pmt_source_unref (job.source[i]);
  g_free (job.source);
  g_free (job.bounds);
  g_array_unref (job.equations);
  return done;
}
