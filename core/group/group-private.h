/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "group/likeness-private.h"
#include "group/pair-graph-private.h"

G_BEGIN_DECLS

/* What a group is built from. */
typedef struct
{
  PmtContext            *context;
  const PmtGroupOptions *options;
  int                    n;
  PmtGroupOpen           open;
  gpointer               data;
  PmtLikeness            likeness;
  PmtPoseGraph           graph;        /* a link for each pair */
  GHashTable            *tried;        /* of gint64: pairs, n times the lesser image and the greater one */
  gboolean              *member;       /* of the component that is solved */
  int                    round;        /* of registrations, from 0 on */
  PmtGroup              *group;
} PmtGroupBuild;

/* Registers pairs side by side and adds them to the group and its graph; the job goes from fraction `from` to `to`. */
gboolean _pmt_group_register_pairs (PmtGroupBuild *build, const GArray *todo, double from, double to, GError **error);
gboolean _pmt_group_was_tried      (const PmtGroupBuild *build, int i, int j);
/* A pair between a and b (fixed → moving) that was made elsewhere: takes the registration. */
void     _pmt_group_add_pair       (PmtGroupBuild *build, int a, int b, PmtRegistration *registration);

/* Which pairs to try: group/pair-choice.c. Arrays of PmtPairTodo, to be freed by the caller. */
GArray  *_pmt_group_first_pairs  (const PmtGroupBuild *build);
GArray  *_pmt_group_rescue_pairs (const PmtGroupBuild *build);
GArray  *_pmt_group_loop_pairs   (const PmtGroupBuild *build, int most);
GArray  *_pmt_group_doubt_pairs  (PmtGroupBuild *build);

/* The same for tiles: group/tile-choice.c. */
GArray  *_pmt_group_first_tiles  (const PmtGroupBuild *build);
GArray  *_pmt_group_rescue_tiles (const PmtGroupBuild *build);
/* Tiles that overlap as they lie, and have not been tried. */
GArray  *_pmt_group_neighbours   (const PmtGroupBuild *build);

/* Components, tree, solution, and who is left out: group/group-solve.c. */
gboolean _pmt_group_solve        (PmtGroupBuild *build, GError **error);

/* What came of it, from the solved graph: group/group-outcome.c. */
gboolean _pmt_group_outcome      (PmtGroupBuild *build, GError **error);

/* Every image against the mean of the others: group/running-mean.c. */
gboolean _pmt_group_refine_by_mean (PmtGroupBuild *build, double from, double to, GError **error);

/* What counts as aligned, px of an image of that diagonal. */
double   _pmt_group_limit        (double diagonal);

/* A registration of which nothing is known, failed, with a reason that is told as `code`; takes text. */
PmtRegistration *_pmt_group_failure (const char *code, char *text, const char *advice);

/* Fills verdict and reasons: group/group-judge.c. */
void     _pmt_group_judge        (const PmtGroupBuild *build);

G_END_DECLS
