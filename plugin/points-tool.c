/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points-tool.h"

#include <math.h>

#include "i18n.h"

#define FORETOLD_FROM  2       /* pairs from which partners are foretold */
#define RADIUS_SHARE   0.01    /* of the layer's mean side … */
#define LEAST_RADIUS   8.0     /* … but no less and … */
#define MOST_RADIUS    64.0    /* … no more than so many px */
#define ROUNDS         20      /* of Newton's method */
#define EXACT          1e-7    /* px */

void
pmt_tool_init (PmtTool *tool, PmtPoints *points, const PmtToolFuncs *funcs, gpointer data)
{
  double side = sqrt ((double) points->moving_size.width * points->moving_size.height);

  *tool = (PmtTool) { .points = points, .funcs = *funcs, .data = data, .snaps = TRUE };
  tool->radius = round (CLAMP (RADIUS_SHARE * side, LEAST_RADIUS, MOST_RADIUS));
}

gboolean
pmt_tool_map_back (const PmtTransform *map, PmtPoint moving, PmtPoint guess, PmtPoint *fixed)
{
  *fixed = guess;
  for (int i = 0; i < ROUNDS; i++)
    {
      double j[2][2], determinant;
      PmtPoint at, step;

      pmt_transform_map (map, 1, fixed, &at);
      if (!pmt_transform_jacobian (map, *fixed, j))
        return FALSE;
      determinant = j[0][0] * j[1][1] - j[0][1] * j[1][0];
      if (!(fabs (determinant) > 1e-12))
        return FALSE;
      at = (PmtPoint) { moving.x - at.x, moving.y - at.y };
      step = (PmtPoint) { (j[1][1] * at.x - j[0][1] * at.y) / determinant,
                          (j[0][0] * at.y - j[1][0] * at.x) / determinant };
      fixed->x += step.x;
      fixed->y += step.y;
      if (hypot (step.x, step.y) < EXACT)
        return TRUE;
    }
  return FALSE;
}

/* -- telling -- */

static void
say (PmtTool *tool, const char *sentence)
{
  tool->funcs.said (sentence, tool->data);
}

static void
changed_view (PmtTool *tool)
{
  tool->funcs.changed (tool->data);
}

void
pmt_tool_changed (PmtTool *tool)
{
  pmt_points_forget_refined (tool->points);
  if (tool->active != 0 && pmt_point_list_find (tool->points->list, tool->active) == NULL)
    tool->active = 0;
  changed_view (tool);
}

static gboolean
is_inside (PmtPoint at, PmtSize size)
{
  return at.x >= 0 && at.y >= 0 && at.x <= size.width && at.y <= size.height;
}

static guint
used_pairs (const PmtTool *tool)
{
  guint n = 0;

  for (guint i = 0; i < pmt_point_list_get_length (tool->points->list); i++)
    n += pmt_point_list_get (tool->points->list, i)->enabled;
  return n;
}

/* -- snapping -- */

/* The end that was foretold, or set by hand, goes to where the picture says; nothing moves where nothing is sure. */
static void
snap_pair (PmtTool *tool, guint id, gboolean of_fixed, const PmtTransform *map)
{
  PmtPoints *points = tool->points;
  PmtPair pair = *pmt_point_list_find (points->list, id);
  g_autofree char *sentence = NULL;
  double j[2][2], determinant;
  PmtPoint off, to;
  PmtSnap snap;

  if (!pmt_snap (points->snapper, NULL, map, pair.fixed, pair.moving, tool->radius, &snap, NULL) || !snap.found)
    {
      sentence = g_strdup_printf (_("Pair %u: nothing in the picture is sure within %.0f pixels. Look at it, and drag it where "
                                    "it belongs."), id, tool->radius);
      say (tool, sentence);
      return;
    }
  off = (PmtPoint) { snap.moving.x - pair.moving.x, snap.moving.y - pair.moving.y };
  to = snap.moving;
  if (of_fixed && pmt_transform_jacobian (map, pair.fixed, j))
    {
      determinant = j[0][0] * j[1][1] - j[0][1] * j[1][0];
      to = (PmtPoint) { pair.fixed.x - (j[1][1] * off.x - j[0][1] * off.y) / determinant,
                        pair.fixed.y - (j[0][0] * off.y - j[1][0] * off.x) / determinant };
    }
  pmt_point_list_snap (points->list, id, of_fixed, to, snap.confidence);
  sentence = g_strdup_printf (_("Pair %u snapped by %.1f pixels, %.0f %% sure. S takes it back."), id, hypot (off.x, off.y),
                              100 * snap.confidence);
  say (tool, sentence);
}

void
pmt_tool_snap (PmtTool *tool)
{
  gboolean by_points;
  g_autoptr (PmtTransform) map = NULL;

  if (tool->active == 0)
    return;
  if (pmt_point_list_unsnap (tool->points->list, tool->active))
    say (tool, _("The snap was taken back."));
  else
    {
      map = pmt_points_get_map (tool->points, &by_points);
      snap_pair (tool, tool->active, FALSE, map);
    }
  pmt_tool_changed (tool);
}

/* All by the map as it is now, so that the order of pairs means nothing. */
void
pmt_tool_snap_all (PmtTool *tool)
{
  PmtPointList *list = tool->points->list;
  gboolean by_points;
  g_autoptr (PmtTransform) map = pmt_points_get_map (tool->points, &by_points);
  g_autofree char *sentence = NULL;
  guint tried = 0, snapped = 0;

  pmt_point_list_begin_step (list);
  for (guint i = 0; i < pmt_point_list_get_length (list); i++)
    {
      PmtPair pair = *pmt_point_list_get (list, i);
      PmtSnap snap;

      if (!pair.enabled || pair.source != PMT_PAIR_HAND)
        continue;
      tried++;
      if (!pmt_snap (tool->points->snapper, NULL, map, pair.fixed, pair.moving, tool->radius, &snap, NULL) || !snap.found)
        continue;
      pmt_point_list_snap (list, pair.id, FALSE, snap.moving, snap.confidence);
      snapped++;
    }
  pmt_point_list_end_step (list);
  sentence = g_strdup_printf (_("%u of %u pairs that were set by hand were snapped."), snapped, tried);
  say (tool, sentence);
  pmt_tool_changed (tool);
}

/* -- setting points -- */

static void
set_pending (PmtTool *tool, gboolean of_fixed, PmtPoint at)
{
  tool->pending = TRUE;
  tool->pending_fixed = of_fixed;
  tool->pending_at = at;
  tool->active = 0;
  changed_view (tool);
}

static void
add_pair (PmtTool *tool, PmtPoint fixed, PmtPoint moving, const PmtTransform *map, gboolean fixed_is_foretold)
{
  guint id = pmt_point_list_add (tool->points->list, fixed, moving, PMT_PAIR_HAND, NAN);

  tool->pending = FALSE;
  if (id == 0)
    {
      say (tool, _("There are too many pairs already."));
      return;
    }
  tool->active = id;
  if (map != NULL && tool->snaps)
    snap_pair (tool, id, fixed_is_foretold, map);
  else
    say (tool, "");
  pmt_tool_changed (tool);
  tool->funcs.found (id, tool->data);
}

/* FALSE where the partner lies outside of its picture. */
static gboolean
add_foretold (PmtTool *tool, gboolean of_fixed, PmtPoint at, const PmtTransform *map)
{
  PmtPoints *points = tool->points;
  PmtPoint middle = { points->fixed_size.width / 2.0, points->fixed_size.height / 2.0 }, partner;

  if (of_fixed)
    pmt_transform_map (map, 1, &at, &partner);
  else if (!pmt_tool_map_back (map, at, middle, &partner))
    return FALSE;
  if (!is_inside (partner, of_fixed ? points->moving_size : points->fixed_size))
    return FALSE;
  if (of_fixed)
    add_pair (tool, at, partner, map, FALSE);
  else
    add_pair (tool, partner, at, map, TRUE);
  return TRUE;
}

void
pmt_tool_click (PmtTool *tool, gboolean of_fixed, PmtPoint at)
{
  PmtPoints *points = tool->points;
  gboolean by_points, knows = used_pairs (tool) >= FORETOLD_FROM;
  g_autoptr (PmtTransform) map = pmt_points_get_map (points, &by_points);
  PmtPoint other = tool->pending_at;

  if (!is_inside (at, of_fixed ? points->fixed_size : points->moving_size))
    return;
  if (tool->pending && tool->pending_fixed != of_fixed)
    add_pair (tool, of_fixed ? at : other, of_fixed ? other : at, knows ? map : NULL, of_fixed);
  else if (tool->pending || !knows)
    set_pending (tool, of_fixed, at);
  else if (!add_foretold (tool, of_fixed, at, map))
    {
      say (tool, _("Its partner would lie outside of the other picture: set it there, or press Escape."));
      set_pending (tool, of_fixed, at);
    }
}

gboolean
pmt_tool_press (PmtTool *tool, gboolean of_fixed, PmtPoint at, double reach)
{
  guint nearest = 0;

  for (guint i = 0; i < pmt_point_list_get_length (tool->points->list); i++)
    {
      const PmtPair *pair = pmt_point_list_get (tool->points->list, i);
      PmtPoint p = of_fixed ? pair->fixed : pair->moving;
      double distance = hypot (p.x - at.x, p.y - at.y);

      if (distance > reach)
        continue;
      reach = distance;
      nearest = pair->id;
    }
  if (nearest != 0)
    pmt_tool_select (tool, nearest);
  return nearest != 0;
}

static PmtPoint
clamp_to (PmtPoint at, PmtSize size)
{
  return (PmtPoint) { CLAMP (at.x, 0, size.width), CLAMP (at.y, 0, size.height) };
}

void
pmt_tool_drag (PmtTool *tool, gboolean of_fixed, PmtPoint at)
{
  at = clamp_to (at, of_fixed ? tool->points->fixed_size : tool->points->moving_size);
  pmt_point_list_move (tool->points->list, tool->active, of_fixed, at, TRUE);
  pmt_tool_changed (tool);
}

gboolean
pmt_tool_nudge (PmtTool *tool, gboolean of_fixed, double dx, double dy)
{
  const PmtPair *pair = pmt_point_list_find (tool->points->list, tool->active);
  PmtPoint at;

  if (pair == NULL)
    return FALSE;
  at = of_fixed ? pair->fixed : pair->moving;
  pmt_tool_drag (tool, of_fixed, (PmtPoint) { at.x + dx, at.y + dy });
  return TRUE;
}

/* -- the rest -- */

void
pmt_tool_select (PmtTool *tool, guint id)
{
  if (tool->active == id)
    return;
  tool->active = id;
  changed_view (tool);
}

void
pmt_tool_step (PmtTool *tool, int by)
{
  g_autoptr (GArray) order = pmt_point_list_suspicion (tool->points->list);
  int at = by > 0 ? -1 : 0, n = (int) order->len;

  if (n == 0)
    return;
  for (int i = 0; i < n; i++)
    if (g_array_index (order, guint, i) == tool->active)
      at = i;
  pmt_tool_select (tool, g_array_index (order, guint, (at + by + n) % n));
  tool->funcs.found (tool->active, tool->data);
}

void
pmt_tool_remove (PmtTool *tool)
{
  if (tool->active == 0)
    return;
  pmt_point_list_remove (tool->points->list, tool->active);
  tool->active = 0;
  pmt_tool_changed (tool);
}

void
pmt_tool_switch (PmtTool *tool, guint id)
{
  const PmtPair *pair = pmt_point_list_find (tool->points->list, id);

  if (pair == NULL)
    return;
  pmt_point_list_switch (tool->points->list, id, !pair->enabled);
  pmt_tool_changed (tool);
}

void
pmt_tool_undo (PmtTool *tool)
{
  if (!pmt_point_list_undo (tool->points->list))
    return;
  say (tool, "");
  pmt_tool_changed (tool);
}

void
pmt_tool_redo (PmtTool *tool)
{
  if (!pmt_point_list_redo (tool->points->list))
    return;
  say (tool, "");
  pmt_tool_changed (tool);
}

void
pmt_tool_set_options (PmtTool *tool, const PmtPointOptions *options)
{
  pmt_point_list_set_options (tool->points->list, options);
  pmt_tool_changed (tool);
}

gboolean
pmt_tool_escape (PmtTool *tool)
{
  if (!tool->pending && tool->active == 0)
    return FALSE;
  if (tool->pending)
    tool->pending = FALSE;
  else
    tool->active = 0;
  changed_view (tool);
  return TRUE;
}
