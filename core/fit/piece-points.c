/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit/piece-points-private.h"

#include <math.h>

#include "base/parallel.h"
#include "fit/soft-fit-private.h"
#include "match/lucas-kanade-private.h"

#define SAME_KIND      0.80    /* NCC of grey values from which Lucas–Kanade is believed */
#define SAME_KIND_TOLD 0.30    /* … where the person says that the images are of the same kind */
#define SAMPLE         8       /* one piece in so many, … */
#define LEAST_SAMPLED  24      /* … but no fewer pieces, tell whether grey values correspond at all: … */
#define FEW_SAME       0.05    /* … where fewer of them do, the others are not asked, since that is half of the work */
#define PEAK_SIGMA     1.2     /* px; standard deviation of a score peak is this over its z (measured on real pairs) */

typedef struct
{
  const PmtPatchSet *set;
  const PmtVolume   *volume;
  const PmtMatrix3  *pose;        /* NULL: each piece's own */
  PmtModality        modality;
  PmtControlPoint   *points;      /* one a tile of the volume; weight 0: none there */
  gboolean          *same;        /* found by grey values */
  int                offset, step;   /* tiles at hand: offset, offset + step, … */
} Pointer;

void
_pmt_shift_of_peak (const PmtPeak *peak, PmtShift *shift)
{
  double xx = -peak->hessian[0], xy = -peak->hessian[1], yy = -peak->hessian[2], mean, determinant, variance;

  mean = 0.5 * (xx + yy);
  determinant = xx * yy - xy * xy;
  if (!(determinant > 0.02 * mean * mean))       /* a ridge: keep its stiff direction only */
    {
      double share = 0.99 * sqrt (xx * yy / (xy * xy + 1e-30));

      xy *= MIN (share, 1);
      determinant = MAX (xx * yy - xy * xy, 0.02 * mean * mean);
    }
  variance = PEAK_SIGMA / MAX (peak->z, 1);
  variance *= variance;
  shift->shift = peak->shift;
  shift->cxx = variance * yy * mean / determinant;
  shift->cxy = -variance * xy * mean / determinant;
  shift->cyy = variance * xx * mean / determinant;
  shift->correlation = 0;
}

static gboolean
shift_from_peak (const PmtVolume *volume, int tile, PmtShift *shift)
{
  PmtPeak peak;

  if (!_pmt_volume_peak (volume, tile, (PmtPoint) { 0, 0 }, &peak))
    return FALSE;
  _pmt_shift_of_peak (&peak, shift);
  return TRUE;
}

/* Lucas–Kanade from *shift, where grey values correspond; *shift is untouched elsewhere. FALSE only with an error. */
static gboolean
shift_from_grey (const Pointer *p, const PmtPatch *patch, const PmtMatrix3 *pose, PmtShift *shift, gboolean *same,
                 GError **error)
{
  g_autoptr (GError) problem = NULL;
  PmtShift           grey;

  if (p->modality == PMT_MODALITY_DIFFERENT)
    return TRUE;
  if (_pmt_lucas_kanade (p->set, patch, pose, shift->shift, &grey, &problem)
      && grey.correlation > (p->modality == PMT_MODALITY_SAME ? SAME_KIND_TOLD : SAME_KIND))
    {
      *shift = grey;
      *same = TRUE;
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
find_point (int index, int thread, gpointer data, GError **error)
{
  Pointer          *p = data;
  int               tile = p->offset + index * p->step;
  const PmtPatch   *patch = g_ptr_array_index (p->set->patches, p->volume->piece[tile]);
  const PmtMatrix3 *pose = p->pose != NULL ? p->pose : &patch->pose;
  PmtControlPoint  *point = &p->points[tile];
  double            scale = p->set->scale, j[2][2];
  PmtShift          shift = { 0 };
  PmtPoint          to;
  gboolean          found = shift_from_peak (p->volume, tile, &shift);

  if (!shift_from_grey (p, patch, pose, &shift, &p->same[tile], error))
    return FALSE;
  point->weight = 0;
  point->fixed = (PmtPoint) { patch->centre.x / scale, patch->centre.y / scale };
  if (!(found || p->same[tile]) || !pmt_matrix3_jacobian (pose, point->fixed, j))
    return TRUE;
  /* the place in fixed whose image under the present pose is what was found */
  to = (PmtPoint) { (patch->centre.x + shift.shift.x) / scale, (patch->centre.y + shift.shift.y) / scale };
  point->moving = pmt_matrix3_map (pose, to);
  _pmt_control_point_spread (point, shift.cxx / (scale * scale), shift.cxy / (scale * scale),
                             shift.cyy / (scale * scale), j);
  point->fold = (p->volume->column[tile] + 2 * p->volume->row[tile]) % PMT_FOLDS;
  point->weight = isnan (point->moving.x) ? 0 : 1;
  return TRUE;
}

static gboolean
find_tiles (PmtContext *context, Pointer *p, int offset, int step, GError **error)
{
  p->offset = offset;
  p->step = step;
  return pmt_parallel_for (context, (p->volume->tiles - offset + step - 1) / step, find_point, p, error);
}

static double
share_of_same (const Pointer *p, int step)
{
  int n = 0, count = 0;

  for (int t = 0; t < p->volume->tiles; t += step)
    {
      n += p->points[t].weight > 0;
      count += p->points[t].weight > 0 && p->same[t];
    }
  return n > 0 ? (double) count / n : 0;
}

/* A few pieces all over the images first; where nobody said of what kind these are, they tell for the others. */
static gboolean
find_points (PmtContext *context, Pointer *p, GError **error)
{
  int step = CLAMP (p->volume->tiles / LEAST_SAMPLED, 1, SAMPLE);

  if (!find_tiles (context, p, 0, step, error))
    return FALSE;
  if (p->modality == PMT_MODALITY_AUTO && share_of_same (p, step) < FEW_SAME)
    p->modality = PMT_MODALITY_DIFFERENT;
  for (int offset = 1; offset < step; offset++)
    if (!find_tiles (context, p, offset, step, error))
      return FALSE;
  return TRUE;
}

GArray *
_pmt_piece_points (PmtContext *context, const PmtPatchSet *set, const PmtMatrix3 *pose, int radius, PmtModality modality,
                   double *same, GError **error)
{
  g_autoptr (PmtVolume)       volume = _pmt_patch_volume (context, set, pose, radius, error);
  g_autoptr (GArray)          points = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));
  g_autofree PmtControlPoint *found = volume != NULL ? g_new0 (PmtControlPoint, volume->tiles) : NULL;
  g_autofree gboolean        *is_same = volume != NULL ? g_new0 (gboolean, volume->tiles) : NULL;
  Pointer                     p = { .set = set, .volume = volume, .pose = pose, .modality = modality, .points = found, .same = is_same };

  if (volume == NULL || !find_points (context, &p, error))
    return NULL;
  for (int t = 0; t < volume->tiles; t++)
    if (found[t].weight > 0)
      g_array_append_val (points, found[t]);
  *same = share_of_same (&p, 1);
  return points->len >= PMT_FEWEST_POINTS ? g_steal_pointer (&points) : NULL;
}
