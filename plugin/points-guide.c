/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points-guide.h"

#include <math.h>

#include "i18n.h"
#include "words.h"

#define SMALL_ERROR 0.05      /* px: less is more exact than a person needs */

const char *
pmt_points_guide (const PmtTool *tool)
{
  guint n = pmt_point_list_get_length (tool->points->list);

  if (tool->pending)
    return tool->pending_fixed ? _("Now click the same detail in the layer.") : _("Now click the same detail in the reference.");
  if (n == 0)
    return _("Click a detail in one picture that you also see in the other one.");
  if (n == 1)
    return _("Set a second pair, far from the first.");
  return _("Click further details, well spread: their partners are found for you. Drag what is off, uncheck what you do not trust.");
}

static guint
used_pairs (const PmtPointList *list)
{
  guint n = 0;

  for (guint i = 0; i < pmt_point_list_get_length (list); i++)
    n += pmt_point_list_get (list, i)->enabled;
  return n;
}

/* Core's own words tell which points are at fault. */
static char *
why_not (PmtPointList *list, const GError *error)
{
  static const guint needed[PMT_POINT_MODELS] = { 1, 1, 2, 2, 3, 4, 5, 3, 3 };
  guint least = needed[pmt_point_list_get_options (list)->model], n = used_pairs (list);

  if (n < least)
    return g_strdup_printf (ngettext ("%u more pair is needed for this movement.", "%u more pairs are needed for this movement.",
                                      least - n), least - n);
  return g_strdup_printf (_("These points allow no such movement: %s."), error->message);
}

static char *
refined_figures (const PmtRegistration *found)
{
  const char *model = pmt_words_model (found->model);

  if (found->error_median < SMALL_ERROR)
    return g_strdup_printf (_("Refined from the points: %s, expected error below 0.05 pixels. A change of the points goes back to "
                              "them."), model);
  if (!isfinite (found->error_median))
    return g_strdup_printf (_("Refined from the points: %s. A change of the points goes back to them."), model);
  return g_strdup_printf (_("Refined from the points: %s, expected error %.2f pixels. A change of the points goes back to them."),
                          model, found->error_median);
}

char *
pmt_points_figures (PmtPoints *points)
{
  PmtPointList *list = points->list;
  g_autoptr (GError) error = NULL;
  const PmtPointFit *fit;
  const char *model;
  double left_out;
  guint n = used_pairs (list);

  if (points->refined != NULL)
    return refined_figures (points->refined);
  if (n == 0)
    return g_strdup ("");
  fit = pmt_point_list_get_fit (list, &error);
  if (fit == NULL)
    return why_not (list, error);
  model = pmt_words_point_model (fit->model);
  left_out = fit->trial[fit->model].left_out;
  if (isnan (left_out))
    return g_strdup_printf (ngettext ("%s through %u pair; too few to tell how exact it is.",
                                      "%s through %u pairs; too few to tell how exact it is.", n), model, n);
  return g_strdup_printf (ngettext ("%s through %u pair; a pair left out lies %.2f pixels off.",
                                    "%s through %u pairs; a pair left out lies %.2f pixels off.", n), model, n, left_out);
}
