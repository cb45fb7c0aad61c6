/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the automatic fit adds to points that a person set: a finer map, or more points. */

#include <math.h>

#include "plug-in.h"
#include "points.h"
#include "words.h"

#define LANDMARK_SIGMA 3.0      /* px of the layer: how far off a point of a person may be, as docs/control-points.md has it */
#define MOST_FOUND     24
#define APART          0.12     /* of the reference's mean side: how close points that are found may lie */
#define PLACES         14       /* a side, that are tried */
#define REACH          8.0      /* px of the layer, of the search at each */
#define SURE           0.8      /* confidence of a point that is added */

typedef struct
{
  PmtPoints           *points;
  PmtRegisterOptions   options;
  PmtRegistration     *registration;
  GArray              *found;       /* of PmtPair */
} Work;

static gboolean
register_both (PmtContext *context, gpointer data, GError **error)
{
  Work *work = data;

  work->registration = pmt_register (context, work->points->fixed, work->points->moving, &work->options, error);
  return work->registration != NULL;
}

/* What is wrong with it, in a sentence or two. */
static gboolean
check_verdict (const PmtRegistration *registration, GError **error)
{
  if (registration->verdict != PMT_VERDICT_FAILED)
    return TRUE;
  for (guint i = 0; i < registration->reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (registration->reasons, i);
      g_autofree char *text = reason->passed ? NULL : pmt_words_reason (reason);

      if (text != NULL)
        return pmt_plug_in_fail (error, _("The pictures could not be fitted automatically. %s"), text);
    }
  return pmt_plug_in_fail (error, _("The pictures could not be fitted automatically."));
}

/* From the present map on, as the points are trusted. */
static gboolean
fit_from_here (Work *work, gboolean bends, PmtJob *job, GError **error)
{
  PmtPoints *points = work->points;
  gboolean by_points;
  g_autoptr (PmtTransform) map = pmt_points_get_map (points, &by_points);
  g_autoptr (GArray) landmarks = g_array_new (FALSE, FALSE, sizeof (PmtLandmark));

  for (guint i = 0; bends && i < pmt_point_list_get_length (points->list); i++)
    {
      const PmtPair *pair = pmt_point_list_get (points->list, i);
      PmtLandmark landmark = { pair->fixed, pair->moving, LANDMARK_SIGMA };

      if (pair->enabled)
        g_array_append_val (landmarks, landmark);
    }
  pmt_register_options_init (&work->options);
  work->options.model = bends ? PMT_MODEL_DEFORMABLE : PMT_MODEL_AUTO;
  work->options.initial = map;
  work->options.search = by_points ? PMT_SEARCH_LOCAL : PMT_SEARCH_AUTO;
  work->options.reference = points->reference_name;
  if (pmt_landmarks_check ((int) landmarks->len, (PmtLandmark *) (gpointer) landmarks->data, points->fixed_size,
                           points->moving_size, NULL))
    {
      work->options.landmarks = (const PmtLandmark *) (gpointer) landmarks->data;
      work->options.n_landmarks = (int) landmarks->len;
    }
  return pmt_job_run (job, register_both, work, error) && check_verdict (work->registration, error);
}

static gboolean
may_bend (const PmtPoints *points)
{
  PmtPointModel model = pmt_point_list_get_options (points->list)->model;

  return model == PMT_POINT_MODEL_THIN_PLATE || model == PMT_POINT_MODEL_PIECEWISE_AFFINE;
}

gboolean
pmt_points_refine (PmtPoints *points, PmtJob *job, GError **error)
{
  Work work = { .points = points };

  pmt_job_set_part (job, NULL, 0, 1);
  if (!fit_from_here (&work, may_bend (points), job, error))
    {
      g_clear_pointer (&work.registration, pmt_registration_free);
      return FALSE;
    }
  pmt_points_forget_refined (points);
  points->refined = work.registration;
  return TRUE;
}

/* -- points -- */

static gboolean
is_apart (const Work *work, PmtPoint at, double least)
{
  for (guint i = 0; i < pmt_point_list_get_length (work->points->list); i++)
    {
      PmtPoint other = pmt_point_list_get (work->points->list, i)->fixed;

      if (hypot (other.x - at.x, other.y - at.y) < least)
        return FALSE;
    }
  for (guint i = 0; i < work->found->len; i++)
    {
      PmtPoint other = g_array_index (work->found, PmtPair, i).fixed;

      if (hypot (other.x - at.x, other.y - at.y) < least)
        return FALSE;
    }
  return TRUE;
}

static int
compare_confidence (gconstpointer a, gconstpointer b)
{
  const PmtPair *s = a, *t = b;

  return s->confidence > t->confidence ? -1 : s->confidence < t->confidence;
}

/* Places of a grid that the snapping is sure of, the surest first. */
static gboolean
try_places (PmtContext *context, const Work *work, GArray *tried, GError **error)
{
  PmtPoints *points = work->points;

  for (int k = 0; k < PLACES * PLACES; k++)
    {
      PmtPair pair = { .enabled = TRUE, .source = PMT_PAIR_AUTOMATIC, .unsnapped = { NAN, NAN } };
      PmtPoint foretold;
      PmtSnap snap;

      pmt_context_progress (context, k / (double) (PLACES * PLACES));
      if (!pmt_context_check (context, error))
        return FALSE;
      pair.fixed = (PmtPoint) { points->fixed_size.width * (k % PLACES + 0.5) / PLACES,
                                points->fixed_size.height * (k / PLACES + 0.5) / PLACES };
      pmt_transform_map (work->registration->transform, 1, &pair.fixed, &foretold);
      if (!(foretold.x >= 0 && foretold.y >= 0 && foretold.x <= points->moving_size.width
            && foretold.y <= points->moving_size.height))
        continue;
      if (!pmt_snap (points->snapper, context, work->registration->transform, pair.fixed, foretold, REACH, &snap, error))
        return FALSE;
      if (!snap.found || snap.confidence < SURE)
        continue;
      pair.moving = snap.moving;
      pair.confidence = snap.confidence;
      g_array_append_val (tried, pair);
    }
  g_array_sort (tried, compare_confidence);
  return TRUE;
}

static gboolean
find_points (PmtContext *context, gpointer data, GError **error)
{
  Work *work = data;
  double least = APART * sqrt ((double) work->points->fixed_size.width * work->points->fixed_size.height);
  g_autoptr (GArray) tried = g_array_new (FALSE, FALSE, sizeof (PmtPair));

  pmt_context_stage (context, N_("matching details"), 0, 1);
  if (!try_places (context, work, tried, error))
    return FALSE;
  for (guint i = 0; i < tried->len && work->found->len < MOST_FOUND; i++)
    {
      PmtPair pair = g_array_index (tried, PmtPair, i);

      if (is_apart (work, pair.fixed, least))
        g_array_append_val (work->found, pair);
    }
  return TRUE;
}

gboolean
pmt_points_find (PmtPoints *points, PmtJob *job, guint *added, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (PmtPair));
  Work work = { .points = points, .found = found };
  gboolean done;

  *added = 0;
  pmt_job_set_part (job, NULL, 0, 0.7);
  done = fit_from_here (&work, FALSE, job, error);
  pmt_job_set_part (job, NULL, 0.7, 1);
  done = done && pmt_job_run (job, find_points, &work, error);
  g_clear_pointer (&work.registration, pmt_registration_free);
  if (done && pmt_point_list_add_many (points->list, (const PmtPair *) (gpointer) found->data, found->len))
    *added = found->len;
  return done;
}
