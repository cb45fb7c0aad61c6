/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where noise rules, no two images show enough in common, but the mean of many does: its noise falls with their root.
 * Each image is drawn in the reference's frame through its pose as it is known, as grey with mean 0 and standard
 * deviation 1, so that brightness does not matter. Images that no pair placed are registered to the mean of those
 * that are, and join it; then each image but the reference is registered anew to the mean of the others, from where it lies.
 * What an image itself adds to the mean is taken out first: it would fit wherever it already is. The new pose is taken
 * where its stated error is smaller. Memory: four planes of the reference's size. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "group/group-private.h"
#include "image/resample.h"

#define STRIP   128     /* rows */
#define LEAST   2       /* images in a mean */
#define PLACES  5       /* a side, that stand for an image */
#define AGREES  2.0     /* median radii */

typedef struct
{
  PmtGroupBuild *build;
  PmtSize        size;
  PmtPlane      *sum, *count;
  int            images;
} Mean;

static gboolean
is_colour (PmtSource *source)
{
  return pmt_source_get_bands (source) - (pmt_source_get_alpha (source) >= 0) >= 3;
}

/* One row of the warped image to grey; NAN where it shows nothing. */
static void
to_grey (const float *pixels, const guint8 *coverage, int width, int bands, gboolean colour, float *out)
{
  for (int x = 0; x < width; x++)
    {
      const float *p = pixels + (gsize) x * bands;

      out[x] = coverage[x] == 0 ? NAN : colour ? 0.2126f * p[0] + 0.7152f * p[1] + 0.0722f * p[2] : p[0];
    }
}

static void
standardise (PmtPlane *plane)
{
  double sum = 0, squares = 0, n = 0, mean, deviation;

  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      {
        double v = pmt_plane_row (plane, y)[x];

        if (isnan (v))
          continue;
        sum += v, squares += v * v, n++;
      }
  mean = n > 0 ? sum / n : 0;
  deviation = n > 0 ? sqrt (fmax (squares / n - mean * mean, 0)) : 0;
  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      pmt_plane_row (plane, y)[x] = (float) ((pmt_plane_row (plane, y)[x] - mean) / fmax (deviation, 1e-12));
}

/* Image i in the reference's frame. */
static PmtPlane *
draw (Mean *m, int i, GError **error)
{
  PmtGroupBuild           *b = m->build;
  g_autoptr (PmtSource)    source = b->open (i, b->data, error);
  g_autoptr (PmtTransform) identity = pmt_transform_new (m->size, b->graph.node[i].size), map = NULL;
  g_autoptr (PmtPlane)     plane = source ? pmt_plane_new_unset (m->size.width, m->size.height, error) : NULL;
  int                      bands = source ? pmt_source_get_bands (source) : 1;
  gsize                    stride = (gsize) m->size.width * bands;
  g_autofree guint8       *coverage = g_try_malloc ((gsize) m->size.width * STRIP);
  float                   *pixels = plane ? pmt_buffer_new (stride * STRIP, sizeof (float), error) : NULL;
  gboolean                 done = pixels != NULL && coverage != NULL;

  map = done ? pmt_transform_append_matrix (identity, &b->graph.node[i].matrix, b->graph.node[i].size, NULL, error) : NULL;
  done = done && map != NULL;
  for (int y = 0; done && y < m->size.height; y += STRIP)
    {
      PmtRect rect = { 0, y, m->size.width, MIN (STRIP, m->size.height - y) };

      done = pmt_resample (b->context, source, map, PMT_SAMPLER_CUBIC, &rect, 0, pixels, stride, coverage, error);
      for (int k = 0; done && k < rect.height; k++)
        to_grey (pixels + k * stride, coverage + (gsize) k * m->size.width, m->size.width, bands, is_colour (source),
                 pmt_plane_row (plane, y + k));
    }
  pmt_buffer_free (pixels);
  if (!done)
    return NULL;
  standardise (plane);
  return g_steal_pointer (&plane);
}

/* Adds an image to the mean, or with sign −1 takes it out. */
static gboolean
include (Mean *m, int i, int sign, GError **error)
{
  g_autoptr (PmtPlane) plane = draw (m, i, error);

  if (plane == NULL)
    return FALSE;
  for (int y = 0; y < m->size.height; y++)
    for (int x = 0; x < m->size.width; x++)
      if (!isnan (pmt_plane_row (plane, y)[x]))
        {
          pmt_plane_row (m->sum, y)[x] += (float) sign * pmt_plane_row (plane, y)[x];
          pmt_plane_row (m->count, y)[x] += (float) sign;
        }
  m->images += sign;
  return TRUE;
}

static PmtSource *
to_source (const Mean *m, GError **error)
{
  g_autoptr (PmtPlane) mean = pmt_plane_new_unset (m->size.width, m->size.height, error);

  if (mean == NULL)
    return NULL;
  for (int y = 0; y < m->size.height; y++)
    for (int x = 0; x < m->size.width; x++)
      {
        float n = pmt_plane_row (m->count, y)[x];

        pmt_plane_row (mean, y)[x] = n > 0.5f ? pmt_plane_row (m->sum, y)[x] / n : NAN;
      }
  return pmt_source_memory_new (m->size.width, m->size.height, 1, -1, 0, mean->data, mean->stride, error);
}

/* To the mean as it is; initial: NULL for a search. */
static PmtRegistration *
register_to_mean (Mean *m, int i, const PmtTransform *initial, GError **error)
{
  PmtGroupBuild         *b = m->build;
  PmtRegisterOptions     options = b->options->pair;
  g_autoptr (PmtContext) part = pmt_context_new_part (b->context, pmt_context_get_threads (b->context));
  g_autoptr (PmtSource)  mean = to_source (m, error), source = mean ? b->open (i, b->data, error) : NULL;

  options.initial = initial;
  options.modality = PMT_MODALITY_AUTO;
  if (initial != NULL)
    options.search = PMT_SEARCH_LOCAL;
  return source != NULL ? pmt_register (part, mean, source, &options, error) : NULL;
}

/* Mean distance of where a registration puts places of image i from where it lies, px of it. */
static double
moved (const Mean *m, int i, const PmtTransform *transform)
{
  double sum = 0;
  int    n = 0;

  for (int k = 0; k < PLACES * PLACES; k++)
    {
      PmtPoint p = { m->size.width * (k % PLACES + 0.5) / PLACES, m->size.height * (k / PLACES + 0.5) / PLACES };
      PmtPoint was = pmt_matrix3_map (&m->build->graph.node[i].matrix, p), is;

      pmt_transform_map (transform, 1, &p, &is);
      if (isnan (was.x) || isnan (is.x))
        continue;
      sum += hypot (was.x - is.x, was.y - is.y);
      n++;
    }
  return n > 0 ? sum / n : INFINITY;
}

/* An uncertain one counts where it only says more exactly what was known. */
static gboolean
is_better (const Mean *m, int i, const PmtRegistration *r, double known)
{
  if (r->verdict == PMT_VERDICT_FAILED || r->error_median >= known)
    return FALSE;
  return r->verdict == PMT_VERDICT_OK || moved (m, i, r->transform) <= AGREES * hypot (known, r->error_median);
}

static void
take (Mean *m, int i, const PmtRegistration *r)
{
  PmtPoseNode   *node = &m->build->graph.node[i];
  PmtGroupImage *image = &m->build->group->images[i];

  if (!pmt_transform_get_matrix (r->transform, &node->matrix))
    return;
  node->placed = TRUE;
  image->from_mean = TRUE;
  image->error_median = r->error_median;
  image->error_p95 = r->error_p95;
}

/* An image that no pair placed. */
static gboolean
add_lost (Mean *m, int i, GError **error)
{
  g_autoptr (PmtRegistration) r = register_to_mean (m, i, NULL, error);
  PmtMatrix3                  matrix;

  if (r == NULL)
    return FALSE;
  if (r->verdict != PMT_VERDICT_OK || !pmt_transform_get_matrix (r->transform, &matrix))
    return TRUE;
  take (m, i, r);
  return include (m, i, 1, error);
}

static gboolean
improve (Mean *m, int i, GError **error)
{
  PmtGroupBuild              *b = m->build;
  PmtPoseNode                *node = &b->graph.node[i];
  g_autoptr (PmtTransform)    identity = pmt_transform_new (m->size, node->size), now = NULL;
  g_autoptr (PmtRegistration) r = NULL;
  double                      known = b->group->images[i].from_mean ? b->group->images[i].error_median
                                                                    : _pmt_pose_graph_error (&b->graph, i, 0.5);

  now = pmt_transform_append_matrix (identity, &node->matrix, node->size, NULL, error);
  if (now == NULL || !include (m, i, -1, error))
    return FALSE;
  if (m->images >= LEAST && (r = register_to_mean (m, i, now, error)) == NULL)
    return FALSE;
  if (r != NULL && is_better (m, i, r, known))
    take (m, i, r);
  return include (m, i, 1, error);
}

static gboolean
run (Mean *m, GError **error)
{
  PmtGroupBuild *b = m->build;

  for (int i = 0; i < b->n; i++)
    if (b->graph.node[i].placed && !include (m, i, 1, error))
      return FALSE;
  for (int i = 0; i < b->n; i++)
    {
      pmt_context_progress (b->context, 0.5 * i / b->n);
      if (!b->graph.node[i].placed && b->likeness.size[i].width > 0 && !add_lost (m, i, error))
        return FALSE;
    }
  for (int i = 0; i < b->n; i++)
    {
      pmt_context_progress (b->context, 0.5 + 0.5 * i / b->n);
      if (b->graph.node[i].placed && i != b->graph.reference && !improve (m, i, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
_pmt_group_refine_by_mean (PmtGroupBuild *b, double from, double to, GError **error)
{
  Mean     m = { .build = b, .size = b->graph.node[b->graph.reference].size };
  gboolean done;

  pmt_context_stage (b->context, "registering to the mean", from, to);
  m.sum = pmt_plane_new (m.size.width, m.size.height, error);
  m.count = m.sum != NULL ? pmt_plane_new (m.size.width, m.size.height, error) : NULL;
  done = m.count != NULL && run (&m, error);
  pmt_plane_free (m.sum);
  pmt_plane_free (m.count);
  return done;
}
