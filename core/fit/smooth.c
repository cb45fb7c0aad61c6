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
#include "fit/smooth-private.h"

#include <math.h>

#include "base/parallel.h"
#include "deform/free-form-private.h"
#include "fit/keep-shape-private.h"
#include "fit/lens-points-private.h"
#include "fit/piece-points-private.h"
#include "fit/rigid-plane-private.h"
#include "fit/soft-bend-private.h"
#include "fit/soft-fit-private.h"
#include "fit/whole-frame-private.h"
#include "match/patches-private.h"
#include "metric/metric-private.h"

#define FIRST          256.0   /* √px */
#define SECOND         512.0
#define FACTOR         3.0     /* from there on, as refine.c */
#define FIRST_RADIUS   10      /* px: what the pose may be off at the first level */
#define RADIUS         6
#define FINE_RADIUS    5
#define FIRST_TILE     28
#define MARGIN         10      /* px kept beyond the radius for the filters */
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
#define ROUNDS         2       /* of control points */
#define STIFFER        2.5     /* than points from small pieces asked for: no more than this is tried for the whole frame */
#define PASSES       4       /* over the whole frame … */
#define BLOCKS         4000    /* … in so many blocks at most */
#define AS_GOOD        1.01    /* times the lattice's error, … */
#define AS_GOOD_PX     0.003   /* … and so much more, may a lens's be */
#define LEAST_BOX      16      /* px a side, of the overlap in moving */
#define EDGE_POINTS    16
#define ALONG          48      /* points a side that stand for a bend */

static const double stiffnesses[] = { 1.5, 0.9, 0.6, 0.4, 0.27, 0.18 };   /* stiffest first */

static const PmtFieldFunc features[] = { _pmt_gradient_direction, _pmt_local_contrast };

#define N_STIFFNESSES ((int) G_N_ELEMENTS (stiffnesses))

typedef struct
{
  PmtContext *context;
  PmtPyramid *fixed, *moving;
  PmtPath     path;
  PmtStep    *bend;              /* what path.bend borrows */
  PmtExtent   box;               /* the overlap, moving px */
  double      ratio;             /* moving px for a fixed px */
  double      finest;            /* √area of the overlap at the finest level */
  int         softest;           /* index of what the last level supported */
  double      agreement;         /* at the last level: share of pieces that see what coarser levels said */
  gboolean    local;             /* the bend is through small pieces of a level: what only large ones say does not replace it */
  PmtFieldFunc feature;          /* what is compared, as the first level found best */
  GArray     *pulls;             /* of PmtPull: what the levels so far said */
  const PmtSmoothAsk *asked;
  GArray     *landmarks;         /* of PmtPull: what a person says */
  GArray     *points;            /* of the last fit; NULL: none yet */
  PmtLatticeFit fit;             /* the last one, but for its bend */
  PmtLatticeAsk ask;             /* of it, … */
  double      independent;       /* … and the share of them that err on their own */
  PmtModality modality;
  PmtSmooth  *out;
} Smoother;

static void
take_bend (Smoother *s, PmtStep *bend)
{
  if (s->bend != NULL)
    _pmt_step_unref (s->bend);
  s->bend = bend;
  s->path.bend = bend;
}

/* The overlap as the moving image sees it. */
static gboolean
find_box (Smoother *s)
{
  PmtOverlap overlap;
  PmtExtent  e = { INFINITY, INFINITY, -INFINITY, -INFINITY };

  if (!_pmt_pose_overlap_valid (&s->path.pose, s->fixed, s->moving, &overlap))
    return FALSE;
  for (int j = 0; j <= EDGE_POINTS; j++)
    for (int i = 0; i <= EDGE_POINTS; i++)
      {
        PmtPoint p = { overlap.box.x + overlap.box.width * i / EDGE_POINTS,
                       overlap.box.y + overlap.box.height * j / EDGE_POINTS };

        p = pmt_matrix3_map (&s->path.pose, p);
        if (!isnan (p.x))
          e = (PmtExtent) { fmin (e.x0, p.x), fmin (e.y0, p.y), fmax (e.x1, p.x), fmax (e.y1, p.y) };
      }
  s->box = (PmtExtent) { fmax (e.x0, 0), fmax (e.y0, 0), fmin (e.x1, s->moving->width), fmin (e.y1, s->moving->height) };
  s->ratio = _pmt_pose_scale (&s->path.pose, (PmtPoint) { overlap.box.x + overlap.box.width / 2,
                                                          overlap.box.y + overlap.box.height / 2 });
  s->finest = MIN (1, s->ratio) * sqrt (overlap.box.width * overlap.box.height);
  return s->box.x1 - s->box.x0 > LEAST_BOX && s->box.y1 - s->box.y0 > LEAST_BOX && isfinite (s->finest);
}

static int
tile_for (double size)
{
  return CLAMP ((int) (size / TILES_A_SIDE) / 4 * 4, TILE_SMALL, TILE_LARGE);
}

/* -- a level -- */

/* As soft as the pieces support: at the first level any stiffness, then about what the level before supported. 0: they speak for
 * staying where they are. */
static double
choose_stiffness (Smoother *s, PmtSoftBend *soft, double *gain)
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
look (Smoother *s, PmtPatchSet *set, PmtFieldFunc feature, int radius, PmtVolume **volume, GError **error)
{
  _pmt_patch_set_use (set, feature);
  *volume = _pmt_patch_volume (s->context, set, NULL, radius, error);
  return *volume != NULL ? _pmt_soft_bend_new (*volume, set, &s->path.pose, &s->box, s->pulls) : NULL;
}

/* The present bend, or none, stays where the pieces do not ask for another. */
static void
follow (Smoother *s, PmtSoftBend *soft, double stiffness)
{
  g_autoptr (PmtLatticeSystem) bend = stiffness > 0 ? _pmt_soft_bend_fit (soft, stiffness) : NULL;
  double                       least;
  PmtStep                     *step = bend != NULL ? _pmt_lattice_system_step (bend, &least) : NULL;

  if (step == NULL)
    return;
  take_bend (s, step);
  s->out->stiffness = stiffness;
  _pmt_soft_bend_tell (soft, s->pulls);
}

/* The first level also tells which feature sees most. */
static gboolean
first_level (Smoother *s, GError **error)
{
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new_along (s->context, s->fixed, s->moving, &s->path, FIRST, FIRST_TILE,
                                                          FIRST_RADIUS + MARGIN, PIECES, &problem);
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
next_level (Smoother *s, double size, gboolean *useful, GError **error)
{
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new_along (s->context, s->fixed, s->moving, &s->path, size,
                                                          tile_for (size > 0 ? MIN (size, s->finest) : s->finest),
                                                          RADIUS + MARGIN, PIECES, &problem);
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

/* -- control points -- */

/* What the pieces' overlap leaves of their number, as far as independent errors go. */
static double
independent_share (const Smoother *s, const PmtPatchSet *set)
{
  double size = set->scale / MIN (1, s->ratio) * s->finest;

  return MIN (1, size * size / (set->patches->len * (double) set->tile * set->tile));
}

/* The fit's bend from now on; takes the points, of which ask and independent tell already. */
static void
take_fit (Smoother *s, GArray *points, PmtLatticeFit *fit)
{
  PmtSmooth *out = s->out;

  if (s->points != points)
    g_clear_pointer (&s->points, g_array_unref);
  s->points = points;
  take_bend (s, g_steal_pointer (&fit->bend));
  _pmt_lattice_fit_clear (&s->fit);
  s->fit = *fit;
  *fit = (PmtLatticeFit) { 0 };
  out->stiffness = s->fit.stiffness;
  out->spacing = s->fit.spacing;
  out->least_jacobian = s->fit.least_jacobian;
  out->tiles = points->len;
  out->inliers = s->fit.inliers;
  if (isnan (s->fit.held_out))
    return;
  out->held_out = s->fit.held_out;
  out->held_out_plane = s->fit.held_out_plane;
}

/* The error to expect of the last fit, if there is one. */
static gboolean
state_error (Smoother *s, GError **error)
{
  return s->fit.system == NULL || _pmt_lattice_error (s->context, &s->fit, s->points, &s->path.pose, s->independent,
                                                      &s->out->error_median, &s->out->error_p95, error);
}

/* … anywhere. */
static gboolean
model_error (Smoother *s, GError **error)
{
  PmtSize moving = { s->moving->width, s->moving->height };

  return s->fit.system == NULL || _pmt_lattice_error_model (s->context, &s->fit, s->points, &s->path.pose, &s->box, moving,
                                                            s->independent, &s->out->errors, error);
}

/* FALSE without an error when there are too few points. */
static gboolean
fit_lattice (Smoother *s, GArray *points, const PmtLatticeAsk *ask, PmtLatticeFit *fit, GError **error)
{
  PmtSize       moving = { s->moving->width, s->moving->height };
  PmtLatticeAsk all = *ask;

  all.n_landmarks = s->landmarks->len;
  all.landmarks = (const PmtPull *) s->landmarks->data;
  return _pmt_lattice_fit (points, &s->path.pose, &s->box, &all, moving, fit) && pmt_context_check (s->context, error);
}

/* Images of the same kind: Gauss–Newton over all pixels along the bend, block by block, and the bend through the blocks' moves.
 * Many small blocks follow what pieces are too large for. How soft, the first pass tells; how well, the last. */
static gboolean
fit_whole_frame (Smoother *s, GError **error)
{
  g_autoptr (GError)        problem = NULL;
  g_autoptr (PmtWholeFrame) frame = _pmt_whole_frame_new (s->context, s->fixed, s->moving, &s->path, BLOCKS, &problem);
  PmtLatticeAsk             ask = { .context = s->context, .stiffness = PMT_STIFFNESS_AUTO, .together = TRUE,
                                    .stiffest = STIFFER * s->out->stiffness };

  for (int pass = 0; frame != NULL && pass < PASSES; pass++)
    {
      g_autoptr (GArray)     points = _pmt_whole_frame_points (s->context, frame, &s->path, &problem);
      g_auto (PmtLatticeFit) fit = { 0 };

      if (pass + 1 == PASSES)
        ask.spacing = 0;
      if (points == NULL || !fit_lattice (s, points, &ask, &fit, &problem))
        break;
      ask.stiffness = fit.stiffness;
      ask.spacing = fit.spacing;
      s->ask = ask;
      s->independent = 1;
      take_fit (s, g_steal_pointer (&points), &fit);
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* How finely control points are taken at a level. */
typedef struct
{
  double size;        /* √px; 0: the finest */
  int    tile;        /* level px */
  int    pieces;
  double softest;     /* that points from score peaks may ask for */
  gboolean together;  /* as PmtLatticeAsk */
} Grain;

/* Control points, and the bend through them, twice: the second time they are taken along the first bend. Points from score peaks
 * were looked for near the bend and can't tell that it is too soft; those from grey values can. */
static gboolean
fit_points (Smoother *s, const Grain *grain, GError **error)
{
  double                  level = grain->size > 0 ? MIN (grain->size, s->finest) : s->finest;
  PmtLatticeAsk           ask = { .context = s->context, .stiffness = PMT_STIFFNESS_AUTO, .together = grain->together,
                                  .reach = 0.5 * grain->tile * sqrt ((s->box.x1 - s->box.x0) * (s->box.y1 - s->box.y0)) / level };
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new_along (s->context, s->fixed, s->moving, &s->path, grain->size, grain->tile,
                                                          FINE_RADIUS + MARGIN, grain->pieces, &problem);

  if (set != NULL)
    _pmt_patch_set_use (set, s->feature);
  for (int round = 0; set != NULL && round < ROUNDS; round++)
    {
      double                 same = 0;
      g_autoptr (GArray)     points = NULL;
      g_auto (PmtLatticeFit) fit = { 0 };

      _pmt_patch_set_follow (set, &s->path);
      points = _pmt_piece_points (s->context, set, NULL, FINE_RADIUS, s->modality, &same, &problem);
      ask.softest = same > 0.5 ? 0 : grain->softest;
      if (points == NULL || !fit_lattice (s, points, &ask, &fit, &problem))
        break;
      s->out->modality = same > 0.5 ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT;
      s->ask = ask;
      s->independent = independent_share (s, set);
      take_fit (s, g_steal_pointer (&points), &fit);
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* At a level: pieces as large as need be to be found, or many small ones, which follow what is local. */
static Grain
grain_of (const Smoother *s, double level, gboolean local)
{
  double softest = stiffnesses[MIN (s->softest + 1, N_STIFFNESSES - 1)];

  if (local)
    return (Grain) { level, TILE_LOCAL, PIECES_LOCAL, SOFTER * softest, TRUE };
  return (Grain) { level, level == FIRST ? FIRST_TILE : tile_for (level > 0 ? MIN (level, s->finest) : s->finest), PIECES_FINE, softest,
                   FALSE };
}

/* From the finest level that is trusted: large pieces, by which is decided whether there is a bend, then, where they see what coarser
 * levels saw, small ones. */
static gboolean
fit_finest (Smoother *s, double trusted, GError **error)
{
  Grain    large = grain_of (s, trusted, FALSE), small = grain_of (s, trusted, TRUE);
  PmtStep *local = s->local ? _pmt_step_ref (s->bend) : NULL;
  gboolean ok = fit_points (s, &large, error) && state_error (s, error);

  s->out->large = (PmtBendCase) { s->out->held_out, s->out->held_out_plane, s->out->error_p95 };
  if (local != NULL)
    take_bend (s, local);
  if (!ok || s->bend == NULL || (!s->local && (s->out->coarse || trusted > 0)))
    return ok;
  return fit_points (s, &small, error);
}

/* The bend through small pieces of the trusted level instead of the present one, and how the finer level sees that: it stays where more
 * pieces agree, else all is as it was. */
static gboolean
try_local (Smoother *s, double trusted, double level, gboolean *useful, GError **error)
{
  Grain               small = grain_of (s, trusted, TRUE);
  PmtSmooth           out = *s->out;
  g_autoptr (PmtStep) bend = _pmt_step_ref (s->bend);
  double              agreement = s->agreement;
  gboolean            was_local = s->local, seen, ok;

  s->local = TRUE;
  ok = fit_points (s, &small, error) && next_level (s, level, &seen, error);
  if (ok && s->agreement > agreement + BETTER)
    {
      *useful = seen;
      return TRUE;
    }
  take_bend (s, g_steal_pointer (&bend));
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
fit_fine (Smoother *s, double trusted, GError **error)
{
  gint64   since = g_get_monotonic_time ();
  gboolean ok = fit_finest (s, trusted, error), local = s->bend != NULL && !s->out->coarse && trusted <= 0;

  s->out->point_seconds = seconds_since (&since);
  ok = ok && (!local || s->out->modality != PMT_MODALITY_SAME || fit_whole_frame (s, error));
  s->out->pixel_seconds = seconds_since (&since);
  return ok;
}

/* The last points' bend with the stiffness that was told; none where they are too few for that. */
static gboolean
fit_as_told (Smoother *s, GError **error)
{
  g_autoptr (GError)     problem = NULL;
  g_auto (PmtLatticeFit) fit = { 0 };

  if (s->points != NULL && fit_lattice (s, s->points, &s->ask, &fit, &problem))
    take_fit (s, s->points, &fit);
  else
    take_bend (s, NULL);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Landmarks as pulls over the pose. */
static void
take_landmarks (Smoother *s)
{
  g_array_set_size (s->landmarks, 0);
  for (int k = 0; k < s->asked->n_landmarks; k++)
    {
      const PmtLandmark *l = &s->asked->landmarks[k];
      PmtPoint           at = pmt_matrix3_map (&s->path.pose, l->fixed);
      double             w = 1 / (l->sigma * l->sigma);
      PmtPull            pull = { at, { l->moving.x - at.x, l->moving.y - at.y }, { w, 0, w }, TRUE };

      if (!isnan (at.x))
        g_array_append_val (s->landmarks, pull);
    }
}

/* The plane of what is rigid in place of the pose; *along leads from where it puts places to where the path so far has them. FALSE where
 * there is no such plane, or none that overlaps. */
static gboolean
change_plane (Smoother *s, const GArray *points, PmtModel freest, PmtPath *along)
{
  PmtMatrix3 before = s->path.pose, back = pmt_matrix3_identity;

  *along = s->path;
  along->pose = pmt_matrix3_identity;
  _pmt_rigid_plane (s->asked->rigid, points, freest, (PmtSize) { s->fixed->width, s->fixed->height },
                    (PmtSize) { s->moving->width, s->moving->height }, &s->path.pose);
  if (!pmt_matrix3_invert (&s->path.pose, &back) || !find_box (s))
    {
      s->path.pose = before;
      return find_box (s);
    }
  along->pose = pmt_matrix3_then (&back, &before);
  take_landmarks (s);
  return TRUE;
}

/* The last fit once more, keeping shapes and led by landmarks. */
static gboolean
fit_terms (Smoother *s, GError **error)
{
  g_autoptr (PmtStep) before = s->bend != NULL ? _pmt_step_ref (s->bend) : NULL;
  PmtPath             along;
  gboolean            ok;

  if (s->bend == NULL || s->fit.system == NULL
      || (s->asked->rigid != NULL && !change_plane (s, s->points, PMT_MODEL_HOMOGRAPHY, &along)))
    {
      take_bend (s, NULL);
      return TRUE;
    }
  s->ask.stiffness = s->fit.stiffness;
  s->ask.spacing = s->fit.spacing;
  s->ask.led = TRUE;
  s->ask.rigid = s->asked->rigid;
  s->ask.along = &along;
  ok = fit_as_told (s, error);
  s->ask.along = NULL;
  return ok;
}

/* By more than edges of unlike images lie beside each other, as what is coarse shows them. */
static gboolean
plane_is_off (const Smoother *s)
{
  double side = sqrt ((s->box.x1 - s->box.x0) * (s->box.y1 - s->box.y0));

  return s->out->large.held_out_plane > PLANE_OFF * side / FIRST;
}

/* As if the bend so far were points everywhere. */
static GArray *
points_along (const Smoother *s)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (PmtControlPoint));

  for (int k = 0; k < ALONG * ALONG; k++)
    {
      PmtControlPoint p = { .fixed = { s->fixed->width * (k % ALONG + 0.5) / ALONG, s->fixed->height * (k / ALONG + 0.5) / ALONG },
                            .cxx = 1, .cyy = 1, .fold = k % PMT_FOLDS };

      p.moving = _pmt_path_map (&s->path, p.fixed);
      if (p.moving.x >= s->box.x0 && p.moving.y >= s->box.y0 && p.moving.x <= s->box.x1 && p.moving.y <= s->box.y1)
        g_array_append_val (points, p);
    }
  return points;
}

/* The present bend, made to keep shapes; FALSE, and there is none, where that would fold. */
static gboolean
keep_shape (Smoother *s, double *least_jacobian)
{
  g_autoptr (PmtStep) before = _pmt_step_ref (s->bend);
  g_autoptr (GArray)  points = points_along (s);
  PmtPath             along;

  if (change_plane (s, points, PMT_MODEL_AFFINE, &along))
    take_bend (s, _pmt_keep_shape (s->asked->rigid, &s->box, &along, least_jacobian));
  else
    take_bend (s, NULL);
  return s->bend != NULL;
}

/* Where only what is coarse is common to the images, pieces have little to say, each for itself, and all pixels together more. */
static gboolean
fit_free_form (Smoother *s, GError **error)
{
  g_auto (PmtFreeForm) form = { 0 };
  double               stiffness = s->asked->stiffness > 0 ? s->asked->stiffness : PMT_FREE_FORM_STIFFNESS;
  PmtFreeFormAsk       ask = { stiffness, s->asked->metric, TRUE, s->asked->n_landmarks, s->asked->landmarks };

  if (!_pmt_free_form_fit (s->context, s->fixed, s->moving, &s->path.pose, &s->box, &ask, &form, error))
    return FALSE;
  if (form.bend == NULL)
    return TRUE;
  take_bend (s, g_steal_pointer (&form.bend));
  if (s->asked->rigid != NULL && !keep_shape (s, &form.least_jacobian))
    return TRUE;
  s->out->free_form = TRUE;
  s->out->errors.bent = FALSE;
  s->out->stiffness = stiffness;
  s->out->spacing = form.spacing;
  s->out->least_jacobian = form.least_jacobian;
  s->out->left_out = form.left_out;
  s->out->left_out_plane = form.left_out_plane;
  return TRUE;
}

/* By pieces, from the overview to full resolution. */
static gboolean
fit_pieces (Smoother *s, GError **error)
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
      ok = ok && fit_as_told (s, error);
    }
  if (s->asked->rigid != NULL || s->asked->n_landmarks > 0)
    ok = ok && fit_terms (s, error);
  ok = ok && state_error (s, error) && model_error (s, error);
  if (ok && s->asked->drifts && s->out->coarse && s->bend != NULL && plane_is_off (s))
    ok = fit_free_form (s, error);
  return ok;
}

/* By the metric that was asked for. What is known of how exact it is, is what the overview's tiles say. */
static gboolean
fit_metric (Smoother *s, GError **error)
{
  s->out->coarse = TRUE;
  s->out->modality = _pmt_metric_class (s->asked->metric)->same ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT;
  s->out->error_median = s->out->error_p95 = 0;
  return fit_free_form (s, error);
}

/* A lens is stiffer than any lattice, so it need only predict about as well (as lattice.c chooses among stiffnesses); then it takes the
 * lattice's place. Who tells a stiffness, landmarks or what is rigid asks for a lattice. */
static void
try_lens (Smoother *s)
{
  PmtSize    fixed = { s->fixed->width, s->fixed->height }, moving = { s->moving->width, s->moving->height };
  PmtSmooth *out = s->out;
  PmtLensFit lens;

  if (s->asked->stiffness > 0 || s->asked->rigid != NULL || s->asked->n_landmarks > 0 || s->bend == NULL || s->points == NULL
      || out->free_form || out->coarse)
    return;
  if (_pmt_lens_fit_points (s->context, s->points, &s->path.pose, fixed, moving, s->fit.spread, s->independent, &lens)
      && lens.held_out <= AS_GOOD * out->held_out + AS_GOOD_PX)
    {
      s->path.pose = lens.matrix;
      take_bend (s, g_steal_pointer (&lens.step));
      out->held_out = lens.held_out;
      out->inliers = lens.inliers;
      out->error_median = lens.error_median;
      out->error_p95 = lens.error_p95;
      out->errors.bent = FALSE;
      out->stiffness = out->spacing = NAN;
    }
  _pmt_lens_fit_clear (&lens);
}

gboolean
_pmt_fit_smooth (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                 const PmtSmoothAsk *ask, PmtSmooth *smooth, GError **error)
{
  Smoother s = { .context = context, .fixed = fixed, .moving = moving, .path = { .pose = *pose }, .asked = ask,
                 .modality = ask->modality, .out = smooth };
  gboolean ok;

  *smooth = (PmtSmooth) { .pose = *pose, .modality = ask->modality == PMT_MODALITY_SAME ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT,
                          .left_out = NAN, .left_out_plane = NAN, .held_out = NAN, .held_out_plane = NAN, .error_median = NAN, .error_p95 = NAN };
  if (!find_box (&s))
    return TRUE;
  s.landmarks = g_array_new (FALSE, FALSE, sizeof (PmtPull));
  s.pulls = g_array_new (FALSE, FALSE, sizeof (PmtPull));
  take_landmarks (&s);
  g_array_append_vals (s.pulls, s.landmarks->data, s.landmarks->len);
  s.feature = features[0];
  s.softest = -1;
  ok = ask->metric != PMT_METRIC_AUTO ? fit_metric (&s, error) : fit_pieces (&s, error);
  if (ok)
    try_lens (&s);
  _pmt_lattice_fit_clear (&s.fit);
  g_clear_pointer (&s.points, g_array_unref);
  g_array_unref (s.pulls);
  g_array_unref (s.landmarks);
  smooth->bend = ok ? g_steal_pointer (&s.bend) : NULL;
  smooth->pose = s.path.pose;
  take_bend (&s, NULL);
  return ok;
}

void
_pmt_smooth_clear (PmtSmooth *smooth)
{
  g_clear_pointer (&smooth->bend, _pmt_step_unref);
}
