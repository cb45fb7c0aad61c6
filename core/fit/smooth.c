/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a pose to a smooth field, coarse to fine. At each level pieces are read along the path found so far, each by its own local
 * homography, and scored at all shifts within a radius; a soft bend is fitted to the scores, as soft as left-out blocks of
 * pieces support. Whatever the bend, pieces then differ from what they are compared with by little. At the finest level each
 * piece gives a control point with a covariance, and the lattice is fitted through these.
 *
 * All bends of all levels are about the same pose: a level replaces the bend of the one before, nothing is added up, and areas
 * without support go back to the plane.
 *
 * Landmarks that a person gives are pulls among the others, from the first level on, as sure as the person is and no surer. That they lead
 * the bend where nothing else does, and a map of what is rigid, hold for the last fit only.
 *
 * A stiffness that is told holds for the last fit only. Up to there pieces are read along the bend that they themselves support:
 * along a stiffer one, finer levels would not find what they are compared with, and how much of a bend is followed would depend
 * on how many pixels off that leaves them, and so on the size of the images. */
#include <math.h>

#include "base/parallel.h"
#include "fit/smoother-private.h"
#include "fit/soft-bend-private.h"
#include "fit/soft-fit-private.h"

#define FIRST          256.0   /* √px */
#define SECOND         512.0
#define FACTOR         3.0     /* from there on, as refine.c */
#define FIRST_RADIUS   10      /* px: what the pose may be off at the first level */
#define RADIUS         6
#define FIRST_TILE     28
#define TILE_SMALL     24
#define TILE_LARGE     64
#define TILES_A_SIDE   7.0
#define PIECES         324
#define PIECES_FINE    400
#define PIECES_LOCAL   1600    /* small ones, … */
#define TILE_LOCAL     32      /* … of so many px, … */
#define SOFTER         0.5     /* … which may ask for so much less stiffness than large ones */
#define LARGE          2500.0  /* √px: larger images bend locally by more of their pixels than pieces are looked for at the finest levels, … */
#define MIDDLE         600.0   /* … and images from this on may, of which most pieces see in the finest level what they do in coarser ones, … */
#define LEAST_LOCAL    500.0   /* … and small pieces of levels from this on find it */
#define BETTER         0.02    /* share of pieces more that must then agree */
#define TRUST          0.3     /* of a level's pieces must agree with what coarser levels say */
#define CONFIRM        0.5     /* … and so many, for the level to confirm them */
#define PLANE_OFF      0.4     /* px of the first level */

static const double stiffnesses[] = { 1.5, 0.9, 0.6, 0.4, 0.27, 0.18 };   /* stiffest first */

static const PmtFieldFunc features[] = { _pmt_gradient_direction, _pmt_local_contrast };

#define N_STIFFNESSES ((int) G_N_ELEMENTS (stiffnesses))

/* -- a level -- */

static int
tile_for (double size)
{
  return CLAMP ((int) (size / TILES_A_SIDE) / 4 * 4, TILE_SMALL, TILE_LARGE);
}

/* As soft as the pieces support: at the first level any stiffness, then about what the level before supported. 0: they speak for
 * staying where they are. */
static double
choose_stiffness (PmtSmoother *s, PmtSoftBend *soft, double *gain)
{
  int    from = MAX (s->softest - 1, 0), to = s->softest < 0 ? N_STIFFNESSES : MIN (s->softest + 3, N_STIFFNESSES), k;
  double all[G_N_ELEMENTS (stiffnesses)];

  k = _pmt_soft_bend_choose (s->context, soft, to - from, stiffnesses + from, all);
  *gain = k >= 0 ? all[k] : 0;
  if (k < 0)
    return 0;
  s->softest = from + k;
  return stiffnesses[s->softest];
}

/* The soft bend at the present level, by one feature; NULL when the pieces say too little, and for an error. */
static PmtSoftBend *
look (PmtSmoother *s, PmtPatchSet *set, PmtFieldFunc feature, int radius, PmtVolume **volume, GError **error)
{
  _pmt_patch_set_use (set, feature);
  *volume = _pmt_patch_volume (s->context, set, NULL, radius, error);
  return *volume != NULL ? _pmt_soft_bend_new (*volume, set, &s->path.pose, &s->box, s->pulls) : NULL;
}

/* The present bend, or none, stays where the pieces do not ask for another. */
static void
follow (PmtSmoother *s, PmtSoftBend *soft, double stiffness)
{
  g_autoptr (PmtLatticeSystem) bend = stiffness > 0 ? _pmt_soft_bend_fit (soft, stiffness) : NULL;
  double                       least;
  PmtStep                     *step = bend != NULL ? _pmt_lattice_system_step (bend, &least) : NULL;

  if (step == NULL)
    return;
  _pmt_smoother_take_bend (s, step);
  s->out->stiffness = stiffness;
  _pmt_soft_bend_tell (soft, s->pulls);
}

/* The first level also tells which feature sees most. */
static gboolean
first_level (PmtSmoother *s, GError **error)
{
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new_along (s->context, s->fixed, s->moving, &s->path, FIRST, FIRST_TILE,
                                                          FIRST_RADIUS + PMT_SMOOTHER_MARGIN, PIECES, &problem);
  int                     softest = -1;

  for (guint k = 0; set != NULL && k < G_N_ELEMENTS (features) && problem == NULL; k++)
    {
      g_autoptr (PmtVolume)   volume = NULL;
      g_autoptr (PmtSoftBend) soft = NULL;
      double                  stiffness, gain;
      PmtPath                 path = s->path;

      s->path.bend = NULL;
      soft = look (s, set, features[k], FIRST_RADIUS, &volume, &problem);
      s->path = path;
      if (soft == NULL)
        break;
      s->softest = -1;
      stiffness = choose_stiffness (s, soft, &gain);
      if (gain > s->out->support)
        {
          g_array_set_size (s->pulls, s->landmarks->len);
          follow (s, soft, stiffness);
          s->feature = features[k];
          s->out->support = gain;
          softest = s->softest;
        }
    }
  s->softest = softest;
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* A finer level; *useful tells whether its pieces see what coarser ones saw. Serial sections of tissue, say, have their vessels
 * in common and not their cells. */
static gboolean
next_level (PmtSmoother *s, double size, gboolean *useful, GError **error)
{
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new_along (s->context, s->fixed, s->moving, &s->path, size,
                                                          tile_for (size > 0 ? MIN (size, s->finest) : s->finest),
                                                          RADIUS + PMT_SMOOTHER_MARGIN, PIECES, &problem);
  g_autoptr (PmtVolume)   volume = NULL;
  g_autoptr (PmtSoftBend) soft = set != NULL ? look (s, set, s->feature, RADIUS, &volume, &problem) : NULL;
  double                  gain;

  s->agreement = soft != NULL ? _pmt_soft_bend_agreement (soft) : 0;
  *useful = s->agreement > TRUST;
  s->out->coarse = s->agreement < CONFIRM;
  if (*useful && !s->local)
    follow (s, soft, choose_stiffness (s, soft, &gain));
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* At a level: pieces as large as need be to be found, or many small ones, which follow what is local. */
static PmtGrain
grain_of (const PmtSmoother *s, double level, gboolean local)
{
  double softest = stiffnesses[MIN (s->softest + 1, N_STIFFNESSES - 1)];

  if (local)
    return (PmtGrain) { level, TILE_LOCAL, PIECES_LOCAL, SOFTER * softest, TRUE };
  return (PmtGrain) { level, level == FIRST ? FIRST_TILE : tile_for (level > 0 ? MIN (level, s->finest) : s->finest), PIECES_FINE, softest,
                   FALSE };
}

/* -- all levels -- */

/* From the finest level that is trusted: large pieces, by which is decided whether there is a bend, then, where they see what coarser
 * levels saw, small ones. */
static gboolean
fit_finest (PmtSmoother *s, double trusted, GError **error)
{
  PmtGrain    large = grain_of (s, trusted, FALSE), small = grain_of (s, trusted, TRUE);
  PmtStep *local = s->local ? _pmt_step_ref (s->bend) : NULL;
  gboolean ok = _pmt_smoother_fit_points (s, &large, error) && _pmt_smoother_state_error (s, error);

  s->out->large = (PmtBendCase) { s->out->held_out, s->out->held_out_plane, s->out->error_p95 };
  if (local != NULL)
    _pmt_smoother_take_bend (s, local);
  if (!ok || s->bend == NULL || (!s->local && (s->out->coarse || trusted > 0)))
    return ok;
  return _pmt_smoother_fit_points (s, &small, error);
}

/* The bend through small pieces of the trusted level instead of the present one, and how the finer level sees that: it stays where more
 * pieces agree, else all is as it was. */
static gboolean
try_local (PmtSmoother *s, double trusted, double level, gboolean *useful, GError **error)
{
  PmtGrain               small = grain_of (s, trusted, TRUE);
  PmtSmooth           out = *s->out;
  g_autoptr (PmtStep) bend = _pmt_step_ref (s->bend);
  double              agreement = s->agreement;
  gboolean            was_local = s->local, seen, ok;

  s->local = TRUE;
  ok = _pmt_smoother_fit_points (s, &small, error) && next_level (s, level, &seen, error);
  if (ok && s->agreement > agreement + BETTER)
    {
      *useful = seen;
      return TRUE;
    }
  _pmt_smoother_take_bend (s, g_steal_pointer (&bend));
  s->local = was_local;
  s->agreement = agreement;
  *s->out = out;
  _pmt_lattice_fit_clear (&s->fit);
  g_clear_pointer (&s->points, g_array_unref);
  return ok;
}

static double
seconds_since (gint64 *since)
{
  gint64 before = *since;

  *since = g_get_monotonic_time ();
  return (*since - before) / 1e6;
}

static gboolean
fit_fine (PmtSmoother *s, double trusted, GError **error)
{
  gint64   since = g_get_monotonic_time ();
  gboolean ok = fit_finest (s, trusted, error), local = s->bend != NULL && !s->out->coarse && trusted <= 0;

  s->out->point_seconds = seconds_since (&since);
  ok = ok && (!local || s->out->modality != PMT_MODALITY_SAME || _pmt_smoother_fit_whole_frame (s, error));
  s->out->pixel_seconds = seconds_since (&since);
  return ok;
}

/* By more than edges of unlike images lie beside each other, as what is coarse shows them. */
static gboolean
plane_is_off (const PmtSmoother *s)
{
  double side = sqrt ((s->box.x1 - s->box.x0) * (s->box.y1 - s->box.y0));

  return s->out->large.held_out_plane > PLANE_OFF * side / FIRST;
}

/* By pieces, from the overview to full resolution. */
static gboolean
fit_pieces (PmtSmoother *s, GError **error)
{
  double   trusted = FIRST;
  gboolean ok = first_level (s, error), useful = TRUE;

  for (double size = SECOND; ok && useful && trusted > 0; size *= FACTOR)
    {
      double level = size < 0.8 * s->finest ? size : 0;     /* 0: the finest */

      ok = next_level (s, level, &useful, error);
      if (ok && s->bend != NULL && trusted >= LEAST_LOCAL && s->finest > (s->out->coarse ? LARGE : MIDDLE))
        ok = try_local (s, trusted, level, &useful, error);
      if (useful)
        trusted = level;
    }
  ok = ok && fit_fine (s, trusted, error);
  if (s->asked->stiffness > 0)
    {
      s->ask.stiffness = s->asked->stiffness;
      s->ask.spacing = 0;
      ok = ok && _pmt_smoother_fit_as_told (s, error);
    }
  if (s->asked->rigid != NULL || s->asked->n_landmarks > 0)
    ok = ok && _pmt_smoother_fit_terms (s, error);
  ok = ok && _pmt_smoother_state_error (s, error) && _pmt_smoother_model_error (s, error);
  if (ok && s->asked->drifts && s->out->coarse && s->bend != NULL && plane_is_off (s))
    ok = _pmt_smoother_fit_free_form (s, error);
  return ok;
}

gboolean
_pmt_fit_smooth (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                 const PmtSmoothAsk *ask, PmtSmooth *smooth, GError **error)
{
  PmtSmoother s = { .context = context, .fixed = fixed, .moving = moving, .path = { .pose = *pose }, .asked = ask,
                 .modality = ask->modality, .out = smooth };
  gboolean ok;

  *smooth = (PmtSmooth) { .pose = *pose, .modality = ask->modality == PMT_MODALITY_SAME ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT,
                          .left_out = NAN, .left_out_plane = NAN, .equivariance = NAN, .held_out = NAN,
                          .held_out_plane = NAN, .error_median = NAN, .error_p95 = NAN };
  if (!_pmt_smoother_find_box (&s))
    return TRUE;
  s.landmarks = g_array_new (FALSE, FALSE, sizeof (PmtPull));
  s.pulls = g_array_new (FALSE, FALSE, sizeof (PmtPull));
  _pmt_smoother_take_landmarks (&s);
  g_array_append_vals (s.pulls, s.landmarks->data, s.landmarks->len);
  s.feature = features[0];
  s.softest = -1;
  ok = ask->metric != PMT_METRIC_AUTO ? _pmt_smoother_fit_metric (&s, error) : fit_pieces (&s, error);
  ok = ok && _pmt_smoother_try_lens (&s, error);
  if (ok && s.bend != NULL && s.points != NULL && !smooth->free_form)
    ok = _pmt_smoother_look_from_aside (&s, error);
  _pmt_lattice_fit_clear (&s.fit);
  g_clear_pointer (&s.points, g_array_unref);
  g_array_unref (s.pulls);
  g_array_unref (s.landmarks);
  smooth->bend = ok ? g_steal_pointer (&s.bend) : NULL;
  smooth->pose = s.path.pose;
  _pmt_smoother_take_bend (&s, NULL);
  return ok;
}

void
_pmt_smooth_clear (PmtSmooth *smooth)
{
  g_clear_pointer (&smooth->bend, _pmt_step_unref);
}
