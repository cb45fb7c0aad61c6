/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preparations in the pipeline. A band takes the place of grey from the first reading on. A filter serves the search only:
 * what it finds is settled and judged on the unfiltered images, like any other guess, so that there is one verifier and one
 * set of bounds, and more ways of looking are not more chances for an accident to be called ok. */
#include "register-bend-private.h"
#include "register-strategies-private.h"

#include <math.h>

#include "judge/verdict-private.h"
#include "prepare/prepare-private.h"

#define DIFFERENT 0.02   /* of the moving diagonal: poses further apart mean something else */
#define CLEARLY   1.0    /* of support: the same pose is not worth another name for less */
#define PROMISING 4.0    /* of support before settling; what ends at 5 or less, the verdict calls failed */

/* What auto tries where the images as they are give no clear answer, in this order, until one does: docs/preparations.md
 * says why no more. */
static const struct { const char *name; PmtPrepareFunc filter; } alternatives[] = {
  { "clahe", _pmt_prepare_clahe },
};

/* Tests of the verdict that another pose may pass; the others speak of the object or of how exact the result is. */
static const char *const of_the_pose[] = { "nothing", "support", "peak", "chance", "unique", NULL };

typedef struct
{
  PmtContext       *context;
  PmtPyramid       *fixed, *moving;
  const PmtMatrix3 *initial;
  PmtSearch         search;
  PmtModel          model;
} Question;

/* -- bands -- */

static gboolean
parse (const PmtRegisterOptions *options, PmtPreparation *preparation, GError **error)
{
  const char *name = options->preparation;

  return _pmt_preparation_parse (g_strcmp0 (name, "auto") == 0 ? NULL : name, preparation, error);
}

PmtPyramid *
_pmt_read_prepared (PmtContext *context, const PmtRegisterOptions *options, PmtSource *source, PmtSource *mask,
                    PmtSource **view, GError **error)
{
  g_autoptr (PmtPyramid) plain = NULL;
  PmtPreparation         preparation;

  if (!parse (options, &preparation, error))
    return NULL;
  if (preparation.choice == PMT_BAND_PRINCIPAL)      /* of what lies within the masks */
    {
      plain = _pmt_pyramid_new (context, source, mask, error);
      if (plain == NULL)
        return NULL;
    }
  *view = _pmt_prepare_source (&preparation, source, plain != NULL ? plain->level[0]->mask : NULL, error);
  if (*view == NULL)
    return NULL;
  return *view == source && plain != NULL ? g_steal_pointer (&plain) : _pmt_pyramid_new (context, *view, mask, error);
}

/* -- filters -- */

/* FALSE without error when nothing was found. */
static gboolean
find (const Question *q, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial, PmtSearch search,
      PmtFound *found, GError **error)
{
  return _pmt_find_pose (q->context, fixed, moving, initial, search, q->model, found, error);
}

static gboolean
is_elsewhere (const Question *q, const PmtFound *a, const PmtFound *b)
{
  PmtSize fixed = { q->fixed->width, q->fixed->height };

  return _pmt_pose_distance (&a->matrix, &b->matrix, fixed) > DIFFERENT * hypot (q->moving->width, q->moving->height);
}

/* Takes `other` where the unfiltered images support it better, clearly so when it means the same; a pose elsewhere that
 * loses is a rival. */
static gboolean
keep_better (const Question *q, const PmtFound *other, PmtFound *best)
{
  gboolean elsewhere = is_elsewhere (q, other, best);
  gboolean better = other->evidence.support > best->evidence.support + (elsewhere ? 0 : CLEARLY);
  PmtFound loser = better ? *best : *other;

  if (better)
    *best = *other;
  best->second_support = MAX (best->second_support, elsewhere ? loser.evidence.support : loser.second_support);
  return better;
}

/* What was found in filtered images, in the eyes of the unfiltered ones: where it lies, and where it settles. */
static gboolean
settle (const Question *q, PmtFound *found, GError **error)
{
  g_autoptr (GError) problem = NULL;
  PmtFound           settled = { 0 };
  gboolean           ok;

  found->second_support = 0;
  ok = _pmt_evidence (q->context, q->fixed, q->moving, &found->matrix, &found->evidence, &problem);
  if (problem == NULL && find (q, q->fixed, q->moving, &found->matrix, PMT_SEARCH_LOCAL, &settled, &problem))
    {
      settled.proposer = found->proposer;
      settled.matches = MAX (settled.matches, found->matches);
      if (ok)
        keep_better (q, found, &settled);
      *found = settled;
      ok = TRUE;
    }
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  return ok;
}

/* A pose of the filtered images, its evidence theirs. FALSE without error when nothing was found. */
static gboolean
look_through (const Question *q, PmtPrepareFunc filter, PmtSearch search, PmtFound *found, GError **error)
{
  g_autoptr (PmtPyramid) fixed = _pmt_prepare_pyramid (q->context, q->fixed, filter, error);
  g_autoptr (PmtPyramid) moving = fixed != NULL ? _pmt_prepare_pyramid (q->context, q->moving, filter, error) : NULL;

  return moving != NULL && find (q, fixed, moving, q->initial, search, found, error);
}

/* -- auto -- */

/* Would the verdict have nothing against this placement? */
static gboolean
is_clear (const PmtFound *found)
{
  PmtCase         c = { .found = TRUE, .evidence = found->evidence, .second_support = found->second_support,
                        .matches = found->matches, .sane = TRUE, .area_ratio = 1, .error_limit = 1,
                        .error_median = NAN, .error_p95 = NAN };
  PmtRegistration judged = { 0 };
  gboolean        clear = TRUE;

  _pmt_judge (&c, &judged);
  for (guint i = 0; i < judged.reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (judged.reasons, i);

      clear = clear && (reason->passed || !g_strv_contains (of_the_pose, reason->code));
    }
  g_ptr_array_unref (judged.reasons);
  return clear;
}

/* Whether a pose of filtered images is worth settling: it says something new (best: NULL, or what there is), and the
 * unfiltered images do not reject it at first sight. */
static gboolean
is_promising (const Question *q, const PmtFound *pose, const PmtFound *best, GError **error)
{
  PmtEvidence evidence;

  return (best == NULL || is_elsewhere (q, pose, best))
         && _pmt_evidence (q->context, q->fixed, q->moving, &pose->matrix, &evidence, error)
         && evidence.support > PROMISING;
}

/* *any: whether *found holds a pose, before and after. */
static gboolean
try_filter (const Question *q, PmtPrepareFunc filter, gboolean *any, PmtFound *found, GError **error)
{
  PmtFound  pose = { 0 };
  PmtSearch search = MAX (q->search, PMT_SEARCH_UPRIGHT);   /* the rest was tried, and takes long */

  if (!look_through (q, filter, search, &pose, error) || !is_promising (q, &pose, *any ? found : NULL, error)
      || !settle (q, &pose, error))
    return FALSE;
  if (*any)
    return keep_better (q, &pose, found);
  *found = pose;
  return *any = TRUE;
}

static gboolean
find_automatically (const Question *q, PmtFound *found, char **preparation, GError **error)
{
  g_autoptr (GError) problem = NULL;
  const char        *name = "none";
  gboolean           any = find (q, q->fixed, q->moving, q->initial, q->search, found, &problem);

  for (gsize k = 0; k < G_N_ELEMENTS (alternatives) && problem == NULL && !(any && is_clear (found)); k++)
    if (try_filter (q, alternatives[k].filter, &any, found, &problem))
      name = alternatives[k].name;
  *preparation = g_strdup (name);
  if (problem == NULL)
    return any;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
_pmt_find_prepared (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial,
                    const PmtRegisterOptions *options, PmtFound *found, char **preparation, GError **error)
{
  Question       q = { context, fixed, moving, initial, options->search, _pmt_plane_model (options->model) };
  PmtPreparation chosen;

  if (!parse (options, &chosen, error))
    return FALSE;
  if (options->preparation == NULL || g_str_equal (options->preparation, "auto"))
    return find_automatically (&q, found, preparation, error);
  *preparation = g_strdup (options->preparation);
  if (chosen.filter == NULL)
    return find (&q, fixed, moving, initial, options->search, found, error);
  return look_through (&q, chosen.filter, q.search, found, error) && settle (&q, found, error);
}
