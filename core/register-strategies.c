/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preparations in the pipeline. A band takes the place of grey from the first reading on. A filter serves the search only:
 * what it finds is settled and judged on the unfiltered images, like any other guess, so that there is one verifier and one
 * set of bounds, and more ways of looking are not more chances for an accident to be called ok. */
#include "register-strategies-private.h"

#include <math.h>

#include "prepare/prepare-private.h"

#define DIFFERENT 0.02   /* of the moving diagonal: poses further apart mean something else */

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

/* Takes `other` where the unfiltered images support it better; the one that is left remains as a rival. */
static gboolean
keep_better (const Question *q, const PmtFound *other, PmtFound *best)
{
  gboolean better = other->evidence.support > best->evidence.support;
  double   second = MAX (best->second_support, other->second_support);

  if (is_elsewhere (q, other, best))
    second = MAX (second, MIN (best->evidence.support, other->evidence.support));
  if (better)
    *best = *other;
  best->second_support = second;
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
        keep_better (q, &settled, found);
      else
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

/* FALSE without error when nothing was found. */
static gboolean
find_through (const Question *q, PmtPrepareFunc filter, PmtFound *found, GError **error)
{
  g_autoptr (PmtPyramid) fixed = _pmt_prepare_pyramid (q->context, q->fixed, filter, error);
  g_autoptr (PmtPyramid) moving = fixed != NULL ? _pmt_prepare_pyramid (q->context, q->moving, filter, error) : NULL;

  return moving != NULL && find (q, fixed, moving, q->initial, q->search, found, error) && settle (q, found, error);
}

gboolean
_pmt_find_prepared (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial,
                    const PmtRegisterOptions *options, PmtFound *found, char **preparation, GError **error)
{
  Question       q = { context, fixed, moving, initial, options->search, options->model };
  PmtPreparation chosen;

  if (!parse (options, &chosen, error))
    return FALSE;
  *preparation = g_strdup (options->preparation == NULL || g_str_equal (options->preparation, "auto")
                             ? "none" : options->preparation);
  return chosen.filter != NULL ? find_through (&q, chosen.filter, found, error)
                               : find (&q, fixed, moving, initial, options->search, found, error);
}
