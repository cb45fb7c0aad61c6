/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A piece of the fixed image about the point, and what the moving image shows about the foretold place, are compared at all
 * shifts of up to 12 px: gradient directions, as everywhere (match/score-volume.c). Three pieces of unlike sizes are asked: small
 * ones are exact where they are right, large ones are right more often, and what they agree on is believed. Where the radius is
 * more than 12 px of the finest scale that both images have, coarser levels are asked first.
 *
 * How likely it is that the place is right, within 1 px, is a logistic function of what the pieces say. Its coefficients were fitted to
 * 1,272 points of 53 real pairs of nine kinds, each 3 px off an axis (tests/accuracy/snapping.c):
 *
 *     logit p = −1.9 + 1.3·[all three agree] + 0.5·ln (z − z₂) + ln z − 1.8·d + 1.2·max (c − 0.6, 0)
 *
 * z the best peak's height in standard deviations of the scores, z₂ that of the best place well apart from it, d how far the
 * pieces that agree lie from each other, px, c the best correlation of grey values. */
#include "fit/snap-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fit/piece-points-private.h"

#define RADIUS       12       /* level px; beyond, a coarser level is asked first */
#define MARGIN       6        /* px kept beyond the radius for the filters */
#define SAME_KIND    0.80     /* as in piece-points.c: NCC from which grey values are believed */
#define APART        3.0      /* px from the peak: another place */
#define AGREE        1.5      /* px from each other: the same place */
#define BELIEVED     0.6      /* confidence from which a point is snapped */
#define COARSE_ERROR 1.5      /* px of a coarser level … */
#define SLACK        2.0      /* … and so many more of the next are looked at behind it */

static const int tiles[PMT_SNAP_LOOKS] = { 32, 56, 96 };

struct _PmtSnapper
{
  PmtSource  *fixed_source, *moving_source;
  PmtPyramid *fixed, *moving;
};

PmtSnapper *
pmt_snapper_new (PmtContext *context, PmtSource *fixed, PmtSource *moving, GError **error)
{
  g_autoptr (PmtSnapper) snapper = g_new0 (PmtSnapper, 1);

  snapper->fixed_source = pmt_source_ref (fixed);
  snapper->moving_source = pmt_source_ref (moving);
  snapper->fixed = _pmt_pyramid_new (context, fixed, NULL, error);
  snapper->moving = snapper->fixed != NULL ? _pmt_pyramid_new (context, moving, NULL, error) : NULL;
  return snapper->moving != NULL ? g_steal_pointer (&snapper) : NULL;
}

void
pmt_snapper_free (PmtSnapper *snapper)
{
  if (snapper == NULL)
    return;
  _pmt_pyramid_free (snapper->fixed);
  _pmt_pyramid_free (snapper->moving);
  pmt_source_unref (snapper->fixed_source);
  pmt_source_unref (snapper->moving_source);
  g_free (snapper);
}

/* -- one look -- */

typedef struct
{
  PmtSnapper *snapper;
  PmtContext *context;
  PmtPoint    fixed;
  PmtMatrix3  pose;       /* fixed → moving, right to first order about the point */
  double      scale;      /* level px for one of fixed */
} Eye;

/* The highest score no farther than `radius` px from no shift at all; *second: the highest z well apart from it, anywhere. */
static gboolean
find_highest (const PmtVolume *volume, double radius, PmtPoint *at, double *second)
{
  double best = -INFINITY, next = 0;

  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < volume->side * volume->side; k++)
      {
        PmtPoint p = { k % volume->side - volume->radius, k / volume->side - volume->radius };

        if (pass == 0 && hypot (p.x, p.y) <= radius && volume->z[k] > best)
          {
            best = volume->z[k];
            *at = p;
          }
        if (pass == 1 && hypot (p.x - at->x, p.y - at->y) >= APART)
          next = MAX (next, volume->z[k]);
      }
  *second = next;
  return isfinite (best);
}

/* From the piece's middle, which lies on whole pixels, to the point: the shift is the same. */
static gboolean
look (const Eye *eye, int tile, double radius, PmtSnapLook *result, GError **error)
{
  int                     reach = RADIUS + 1;
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new_at (eye->context, eye->snapper->fixed, eye->snapper->moving, &eye->pose,
                                                       eye->fixed, eye->scale, tile, reach + MARGIN, &problem);
  g_autoptr (PmtVolume)   volume = set != NULL ? _pmt_patch_volume_of (eye->context, set, &eye->pose, reach, 1, &problem) : NULL;
  PmtShift                shift, grey;
  PmtPeak                 peak;
  PmtPoint                at;

  *result = (PmtSnapLook) { 0 };
  if (volume != NULL && find_highest (volume, radius, &at, &result->second) && _pmt_volume_peak (volume, 0, at, &peak))
    {
      _pmt_shift_of_peak (&peak, &shift);
      result->z = peak.z;
      if (_pmt_lucas_kanade (set, g_ptr_array_index (set->patches, 0), &eye->pose, shift.shift, &grey, &problem))
        {
          result->correlation = grey.correlation;
          if (grey.correlation > SAME_KIND)
            shift = grey;
        }
      result->any = hypot (shift.shift.x, shift.shift.y) <= radius;
      result->shift = shift.shift;
      result->deviation = sqrt (0.5 * (shift.cxx + shift.cyy));
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* -- what the looks come to -- */

static double
apart (const PmtSnapLook *a, const PmtSnapLook *b)
{
  return hypot (a->shift.x - b->shift.x, a->shift.y - b->shift.y);
}

/* The looks that lie by one of them, the most there are, as bits. */
static guint
largest_agreement (const PmtSnapLook looks[PMT_SNAP_LOOKS], int *number)
{
  guint best = 0;

  *number = 0;
  for (int i = 0; i < PMT_SNAP_LOOKS; i++)
    {
      guint with = 0;
      int   n = 0;

      for (int k = 0; looks[i].any && k < PMT_SNAP_LOOKS; k++)
        if (looks[k].any && apart (&looks[i], &looks[k]) < AGREE)
          {
            with |= 1u << k;
            n++;
          }
      if (n > *number)
        {
          *number = n;
          best = with;
        }
    }
  return best;
}

typedef struct
{
  PmtPoint shift;         /* level px */
  double   confidence, deviation;
} Answer;

/* FALSE where no two agree. */
static gboolean
decide (const PmtSnapLook looks[PMT_SNAP_LOOKS], Answer *answer)
{
  int    number, first = -1;
  guint  which = largest_agreement (looks, &number);
  double margin = 0, z = 0, spread = 0, correlation = 0;

  if (number < 2)
    return FALSE;
  for (int k = 0; k < PMT_SNAP_LOOKS; k++)
    {
      if ((which >> k & 1) == 0)
        continue;
      first = first < 0 ? k : first;
      margin = MAX (margin, looks[k].z - looks[k].second);
      z = MAX (z, looks[k].z);
      correlation = MAX (correlation, looks[k].correlation);
      for (int l = 0; l < k; l++)
        if (which >> l & 1)
          spread = MAX (spread, apart (&looks[k], &looks[l]));
    }
  answer->shift = looks[first].shift;
  answer->deviation = hypot (looks[first].deviation, 0.5 * spread);
  answer->confidence = 1 / (1 + exp (1.9 - 1.3 * (number == PMT_SNAP_LOOKS) - 0.5 * log (MAX (margin, 0.05)) - log (z + 0.1)
                                     + 1.8 * spread - 1.2 * MAX (correlation - 0.6, 0)));
  return TRUE;
}

/* -- from coarse to fine -- */

static gboolean
eye_init (Eye *eye, PmtSnapper *snapper, PmtContext *context, const PmtTransform *map, PmtPoint fixed, PmtPoint foretold)
{
  double j[2][2], ratio;

  if (!pmt_transform_jacobian (map, fixed, j))
    return FALSE;
  *eye = (Eye) { snapper, context, fixed,
                 { { { j[0][0], j[0][1], foretold.x - j[0][0] * fixed.x - j[0][1] * fixed.y },
                     { j[1][0], j[1][1], foretold.y - j[1][0] * fixed.x - j[1][1] * fixed.y }, { 0, 0, 1 } } }, 1 };
  ratio = _pmt_pose_scale (&eye->pose, fixed);
  if (!(ratio > 1e-3 && ratio < 1e3))
    return FALSE;
  eye->scale = MIN (1, ratio);
  return TRUE;
}

/* The point's image becomes what is found `shift` px of the level from it: pose ∘ shift. */
static void
move_eye (Eye *eye, PmtPoint shift)
{
  PmtMatrix3 by = pmt_matrix3_translation (shift.x / eye->scale, shift.y / eye->scale);

  eye->pose = pmt_matrix3_then (&by, &eye->pose);
}

static gboolean
look_around (const Eye *eye, double radius, PmtSnapLook looks[PMT_SNAP_LOOKS], GError **error)
{
  for (int k = 0; k < PMT_SNAP_LOOKS; k++)
    if (!look (eye, tiles[k], radius, &looks[k], error))
      return FALSE;
  return TRUE;
}

static gboolean
check (PmtPoint fixed, PmtPoint foretold, double radius, GError **error)
{
  if (radius > 0 && isfinite (radius) && isfinite (fixed.x) && isfinite (fixed.y) && isfinite (foretold.x)
      && isfinite (foretold.y))
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a point to snap must be finite, and its radius positive");
  return FALSE;
}

/* reach: px of the finest level. *answer is the finest level's, its shift from where the eye then looks; FALSE with an error, or
 * with confidence 0 where a level said nothing. */
static gboolean
descend (Eye *eye, double reach, PmtSnapLook looks[PMT_SNAP_LOOKS], Answer *answer, GError **error)
{
  double finest = eye->scale, ratio;

  while (reach > RADIUS)
    {
      ratio = reach / RADIUS;
      eye->scale = finest / ratio;
      *answer = (Answer) { .confidence = 0 };
      if (!look_around (eye, RADIUS, looks, error))
        return FALSE;
      if (!decide (looks, answer) || answer->confidence < BELIEVED)
        {
          answer->confidence = 0;
          eye->scale = finest;
          return TRUE;
        }
      move_eye (eye, answer->shift);
      reach = COARSE_ERROR * ratio + SLACK;      /* shrinks: by 8 where it is large, to 3.5 where it is small */
    }
  eye->scale = finest;
  *answer = (Answer) { .confidence = 0 };
  if (!look_around (eye, reach, looks, error))
    return FALSE;
  if (!decide (looks, answer))
    answer->confidence = 0;
  return TRUE;
}

gboolean
_pmt_snap_looks (PmtSnapper *snapper, PmtContext *context, const PmtTransform *map, PmtPoint fixed, PmtPoint foretold,
                 double radius, PmtSnapLook looks[PMT_SNAP_LOOKS], PmtSnap *snap, GError **error)
{
  Eye      eye;
  Answer   answer;
  PmtPoint found;
  double   ratio;

  *snap = (PmtSnap) { FALSE, foretold, 0, NAN };
  memset (looks, 0, PMT_SNAP_LOOKS * sizeof *looks);
  if (!check (fixed, foretold, radius, error))
    return FALSE;
  if (!eye_init (&eye, snapper, context, map, fixed, foretold))
    return TRUE;
  ratio = _pmt_pose_scale (&eye.pose, fixed) / eye.scale;
  if (!descend (&eye, radius / ratio, looks, &answer, error))
    return FALSE;
  move_eye (&eye, answer.shift);
  found = pmt_matrix3_map (&eye.pose, fixed);
  if (answer.confidence >= BELIEVED && hypot (found.x - foretold.x, found.y - foretold.y) <= radius)
    *snap = (PmtSnap) { TRUE, found, answer.confidence, answer.deviation * ratio };
  return TRUE;
}

gboolean
pmt_snap (PmtSnapper *snapper, PmtContext *context, const PmtTransform *map, PmtPoint fixed, PmtPoint foretold, double radius,
          PmtSnap *snap, GError **error)
{
  PmtSnapLook looks[PMT_SNAP_LOOKS];

  return _pmt_snap_looks (snapper, context, map, fixed, foretold, radius, looks, snap, error);
}
