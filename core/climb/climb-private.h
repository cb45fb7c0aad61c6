/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <nlopt.h>

#include "metric/metric-private.h"

G_BEGIN_DECLS

#define PMT_CLIMB_MAX_SIZE 8   /* parameters of the freest model */

/* What an optimiser minimises: a metric on one pair of levels as a function of a few parameters θ. They move the fixed
 * frame about its centre before the pose maps it, and each is scaled so that one unit moves the frame's corners by
 * about one level px; θ = 0 is the pose that the objective was made at. An optimiser is a file with a row in climb.c's table and
 * calls _pmt_objective_cost() only. */
typedef struct
{
  PmtMetricPair *pair;
  PmtMetricWork *work;
  PmtModel       model;
  PmtMatrix3     pose;         /* fixed → moving, full-resolution px */
  double         unit;         /* fixed px that the corners move by for one unit */
  double         radius;       /* centre to corner, fixed px */
  int            size;         /* parameters */
  double         floor;        /* of the overlap: below it, cost is added */
  double         best[PMT_CLIMB_MAX_SIZE], best_cost;   /* the best that was ever asked for */
  double         overlap;      /* where it was last asked for */
  int            evaluations;
  nlopt_opt      running;      /* to be stopped when cancelled; NULL */
  GError        *error;        /* why all costs are now the same */
} PmtObjective;

/* NULL with an error. floor: as the member. */
PmtObjective *_pmt_objective_new    (PmtMetricPair *pair, PmtModel model, const PmtMatrix3 *pose, double floor,
                                     GError **error);
void          _pmt_objective_free   (PmtObjective *objective);   /* not the pair */
PmtMatrix3    _pmt_objective_pose   (const PmtObjective *objective, const double *parameters);
/* Smaller is better whatever the metric's direction: its negative where it is to be maximised, plus 10·(1 − o/floor)²
 * where the overlap o is below the floor; PMT_COST_NOTHING where there is nothing to compare. gradient: NULL, or size
 * values: analytic where the metric has derivatives, else central differences of a quarter of a unit. */
double        _pmt_objective_cost   (PmtObjective *objective, const double *parameters, double *gradient);
#define PMT_COST_NOTHING 20.0

/* One optimiser on one level: from θ (0), within ±reach units, to θ. TRUE also when it found nothing better; FALSE
 * with an error only. */
typedef struct
{
  double  reach;          /* units */
  double  settled;        /* units: steps below this are none */
  guint64 seed;
} PmtClimbRange;

typedef gboolean (*PmtOptimiserFunc) (PmtObjective *objective, const PmtClimbRange *range, double *parameters,
                                      GError **error);

gboolean _pmt_descend_gradient (PmtObjective *objective, const PmtClimbRange *range, double *parameters,
                                GError **error);
gboolean _pmt_descend_lbfgs    (PmtObjective *objective, const PmtClimbRange *range, double *parameters,
                                GError **error);
gboolean _pmt_descend_bobyqa   (PmtObjective *objective, const PmtClimbRange *range, double *parameters,
                                GError **error);
gboolean _pmt_evolve           (PmtObjective *objective, const PmtClimbRange *range, double *parameters,
                                GError **error);
/* All whole shifts of the level that leave `floor` of overlap, the best `keep` of them that differ by 3 px and more, best
 * first; fewer when there are fewer. median: of all their costs. */
gboolean _pmt_all_shifts       (PmtObjective *objective, int keep, PmtPoint *shifts, int *n, double *median,
                                GError **error);
/* What poses far apart are ranked by, smaller is better; median: of the costs of poses that mean nothing. */
double   _pmt_climb_rank       (double cost, double median, double overlap);

/* -- the climb -- */

typedef struct
{
  PmtMatrix3 matrix;
  PmtMetric  metric;
  PmtModel   model;                      /* never AUTO */
  double     score_before, score_after;  /* the metric's own, both on the last level; NAN where there was nothing */
  gboolean   improved;                   /* or at least not worse; else matrix is the start */
  int        evaluations;
} PmtClimbed;

/* From `start`, coarse to fine. FALSE with an error only (memory, reading, cancelled). */
gboolean _pmt_climb (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *start,
                     PmtModel model, PmtMetric metric, PmtOptimiser optimiser, PmtClimbed *climbed, GError **error);

/* Adds to the reasons what became of the score; a climb that got nowhere is never ok. */
void     _pmt_climb_judge (const PmtClimbed *climbed, PmtRegistration *registration);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtObjective, _pmt_objective_free)

G_END_DECLS
