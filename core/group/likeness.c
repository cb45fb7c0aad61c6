/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which images resemble each other, before any is registered. With z_i the gradient-direction field (spin 2) of an
 * overview of √area 64, 0 beyond the image,
 *
 *     like(i, j) = max_d Re Σ_x z_i*(x) z_j(x + d) / √(Σ|z_i|² · Σ|z_j|²),
 *
 * over all shifts d by Fourier transform. Contrast, its sign and exposure don't matter; turned images look less alike
 * than they are, which costs a try and no error. */
#include "group/likeness-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/fft-private.h"
#include "base/parallel.h"
#include "feature/field-private.h"
#include "image/grey.h"

#define OVERVIEW 64.0    /* √px */
#define COLUMNS  64      /* images that all are compared to */
#define UNKNOWN  0.1     /* where two were not compared */
#define ROUNDING 1e-5f   /* of a value that was averaged */

typedef struct
{
  PmtLikeness *l;
  PmtContext  *context;
  PmtGroupOpen open;
  gpointer     data;
  gboolean     sizes_only;
  int          side;         /* of the transforms */
  float      **spectrum;     /* of each image; NULL */
  double      *energy;
} Job;

static gboolean
is_flat (const PmtGrey *grey)
{
  float low = INFINITY, high = -INFINITY;

  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      if (pmt_plane_row (grey->mask, y)[x] > 0.5f)
        {
          low = fminf (low, pmt_plane_row (grey->value, y)[x]);
          high = fmaxf (high, pmt_plane_row (grey->value, y)[x]);
        }
  return !(high > low + ROUNDING * fabsf (high));
}

/* The field's spectrum on a square that no shift wraps round. */
static gboolean
transform_field (Job *job, int i, const PmtField *field, GError **error)
{
  float *data = pmt_buffer_new (2 * (gsize) job->side * job->side, sizeof (float), error);

  if (data == NULL)
    return FALSE;
  for (int y = 0; y < MIN (field->height, job->side / 2); y++)
    for (int x = 0; x < 2 * MIN (field->width, job->side / 2); x++)
      {
        float z = field->data[0][2 * (gsize) y * field->width + x];

        data[2 * (gsize) y * job->side + x] = z;
        job->energy[i] += z * z;
      }
  _pmt_fft_2d (job->side, job->side, data, PMT_FFT_FORWARD);
  job->spectrum[i] = data;
  return TRUE;
}

static gboolean
look_at_pixels (Job *job, int i, PmtSource *source, GError **error)
{
  PmtSize              size = job->l->size[i];
  double               factor = MIN (1, OVERVIEW / sqrt ((double) size.width * size.height));
  PmtRect              all = { 0, 0, size.width, size.height };
  g_autoptr (PmtGrey)  grey = pmt_grey_read (job->context, source, &all, MAX (1, (int) (factor * size.width)),
                                             MAX (1, (int) (factor * size.height)), error);
  g_autoptr (PmtField) field = NULL;

  if (grey == NULL)
    return FALSE;
  if (is_flat (grey))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "it holds only one value");
      return FALSE;
    }
  if (job->sizes_only)
    return TRUE;
  field = _pmt_gradient_direction (grey, error);
  return field != NULL && transform_field (job, i, field, error);
}

/* An image that can't be read is no reason to stop. */
static gboolean
look (int i, int thread, gpointer data, GError **error)
{
  Job                   *job = data;
  g_autoptr (GError)     problem = NULL;
  g_autoptr (PmtSource)  source = job->open (i, job->data, &problem);

  if (source != NULL)
    {
      job->l->size[i] = (PmtSize) { pmt_source_get_width (source), pmt_source_get_height (source) };
      look_at_pixels (job, i, source, &problem);
    }
  if (problem == NULL)
    return TRUE;
  job->l->size[i] = (PmtSize) { 0, 0 };
  if (g_error_matches (problem, PMT_ERROR, PMT_ERROR_CANCELLED) || g_error_matches (problem, PMT_ERROR, PMT_ERROR_MEMORY))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  job->l->problem[i] = g_strdup (problem->message);
  return TRUE;
}

static float
correlate (const Job *job, int i, int j, float *work)
{
  gsize        n = (gsize) job->side * job->side;
  const float *a = job->spectrum[i], *b = job->spectrum[j];
  float        best = 0;

  for (gsize k = 0; k < n; k++)
    {
      work[2 * k] = a[2 * k] * b[2 * k] + a[2 * k + 1] * b[2 * k + 1];
      work[2 * k + 1] = a[2 * k] * b[2 * k + 1] - a[2 * k + 1] * b[2 * k];
    }
  _pmt_fft_2d (job->side, job->side, work, PMT_FFT_INVERSE);
  for (gsize k = 0; k < n; k++)
    best = fmaxf (best, work[2 * k]);
  return (float) (best / ((double) n * sqrt (job->energy[i] * job->energy[j]) + 1e-12));
}

static gboolean
compare_row (int i, int thread, gpointer data, GError **error)
{
  Job   *job = data;
  float *work = NULL;

  if (job->spectrum[i] == NULL)
    return TRUE;
  work = pmt_buffer_new (2 * (gsize) job->side * job->side, sizeof (float), error);
  if (work == NULL)
    return FALSE;
  for (int j = 0; j < job->l->n; j++)
    if (job->l->column[j] >= 0 && job->spectrum[j] != NULL)
      job->l->like[(gsize) i * job->l->columns + job->l->column[j]] = i == j ? 1 : correlate (job, i, j, work);
  pmt_buffer_free (work);
  return TRUE;
}

static void
choose_columns (PmtLikeness *l)
{
  l->columns = MIN (l->n, COLUMNS);
  for (int i = 0; i < l->n; i++)
    l->column[i] = -1;
  for (int c = 0; c < l->columns; c++)
    l->column[(int) ((gint64) c * l->n / l->columns)] = c;
}

gboolean
_pmt_likeness_init (PmtLikeness *l, PmtContext *context, int n, PmtGroupOpen open, gpointer data, gboolean sizes_only,
                    GError **error)
{
  Job      job = { .l = l, .context = context, .open = open, .data = data, .sizes_only = sizes_only };
  gboolean done;

  *l = (PmtLikeness) { .n = n, .size = g_new0 (PmtSize, n), .problem = g_new0 (char *, n), .column = g_new (int, n) };
  choose_columns (l);
  l->like = g_new0 (float, (gsize) n * l->columns);
  job.side = _pmt_fft_good_size ((int) (4 * OVERVIEW));     /* for images up to four times as long as high */
  job.spectrum = g_new0 (float *, n);
  job.energy = g_new0 (double, n);
  done = pmt_parallel_for (context, n, look, &job, error)
         && (sizes_only || pmt_parallel_for (context, n, compare_row, &job, error));
  for (int i = 0; i < n; i++)
    pmt_buffer_free (job.spectrum[i]);
  g_free (job.spectrum);
  g_free (job.energy);
  return done;
}

void
_pmt_likeness_clear (PmtLikeness *l)
{
  for (int i = 0; i < l->n && l->problem != NULL; i++)
    g_free (l->problem[i]);
  g_clear_pointer (&l->problem, g_free);
  g_clear_pointer (&l->size, g_free);
  g_clear_pointer (&l->column, g_free);
  g_clear_pointer (&l->like, g_free);
}

double
_pmt_likeness_of (const PmtLikeness *l, int i, int j)
{
  double like = 0;

  if (l->column[j] >= 0)
    like = l->like[(gsize) i * l->columns + l->column[j]];
  else if (l->column[i] >= 0)
    like = l->like[(gsize) j * l->columns + l->column[i]];
  return MAX (like, UNKNOWN);
}

int
_pmt_likeness_medoid (const PmtLikeness *l)
{
  double most = -1;
  int    best = -1;

  for (int i = 0; i < l->n; i++)
    {
      double sum = 0;

      if (l->size[i].width == 0)
        continue;
      for (int c = 0; c < l->columns; c++)
        sum += l->like[(gsize) i * l->columns + c];
      if (sum > most)
        {
          most = sum;
          best = i;
        }
    }
  return best;
}
