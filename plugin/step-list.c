/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "step-list.h"

#include <math.h>

/* The largest part of a step, by the norm of its Jacobian less the identity, with which places can be changed. */
#define SAME_PIXELS 0.25

typedef struct
{
  PmtTransform *step;
  gboolean      on;
} Entry;

struct _PmtStepList
{
  PmtSize fixed, moving;
  GArray *entries;
};

/* -- what is off -- */

static void
off_step_clear (gpointer data)
{
  pmt_transform_unref (((PmtOffStep *) data)->step);
}

GArray *
pmt_off_steps_new (void)
{
  GArray *off = g_array_new (FALSE, FALSE, sizeof (PmtOffStep));

  g_array_set_clear_func (off, off_step_clear);
  return off;
}

void
pmt_off_steps_add (GArray *off, int before, PmtTransform *step)
{
  PmtOffStep added = { before, pmt_transform_ref (step) };

  g_array_append_val (off, added);
}

GArray *
pmt_off_steps_copy (const GArray *off)
{
  GArray *copy;

  if (off == NULL)
    return NULL;
  copy = pmt_off_steps_new ();
  for (guint i = 0; i < off->len; i++)
    pmt_off_steps_add (copy, g_array_index (off, PmtOffStep, i).before, g_array_index (off, PmtOffStep, i).step);
  return copy;
}

void
pmt_off_steps_shift (GArray *off, int n)
{
  for (guint i = 0; off != NULL && i < off->len; i++)
    g_array_index (off, PmtOffStep, i).before += n;
}

/* -- the list -- */

static void
entry_clear (gpointer data)
{
  pmt_transform_unref (((Entry *) data)->step);
}

static PmtStepList *
list_alloc (PmtSize fixed, PmtSize moving)
{
  PmtStepList *list = g_new0 (PmtStepList, 1);

  list->fixed = fixed;
  list->moving = moving;
  list->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (list->entries, entry_clear);
  return list;
}

/* Takes the step. */
static void
add (PmtStepList *list, PmtTransform *step, gboolean on)
{
  Entry entry = { step, on };

  g_array_append_val (list->entries, entry);
}

static Entry *
entry_at (const PmtStepList *list, int index)
{
  return &g_array_index (list->entries, Entry, index);
}

/* The step without the sizes of the images that it led between, which need not be those at another place. */
static PmtTransform *
lone_step (const PmtTransform *chain, int index)
{
  g_autoptr (PmtTransform) unknown = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  g_autoptr (PmtTransform) slice = pmt_transform_slice (chain, index, 1);
  g_autoptr (PmtTransform) begun = pmt_transform_compose (unknown, slice, NULL);

  return pmt_transform_compose (begun, unknown, NULL);
}

PmtStepList *
pmt_step_list_new (const PmtTransform *chain, const GArray *off)
{
  PmtStepList *list = list_alloc (pmt_transform_get_fixed_size (chain), pmt_transform_get_moving_size (chain));
  int length = pmt_transform_get_length (chain);

  for (int place = 0; place <= length; place++)
    {
      for (guint i = 0; off != NULL && i < off->len; i++)
        if (CLAMP (g_array_index (off, PmtOffStep, i).before, 0, length) == place)
          add (list, pmt_transform_ref (g_array_index (off, PmtOffStep, i).step), FALSE);
      if (place < length)
        add (list, lone_step (chain, place), TRUE);
    }
  return list;
}

PmtStepList *
pmt_step_list_copy (const PmtStepList *list)
{
  PmtStepList *copy = list_alloc (list->fixed, list->moving);

  for (guint i = 0; i < list->entries->len; i++)
    add (copy, pmt_transform_ref (entry_at (list, (int) i)->step), entry_at (list, (int) i)->on);
  return copy;
}

void
pmt_step_list_free (PmtStepList *list)
{
  if (list == NULL)
    return;
  g_array_unref (list->entries);
  g_free (list);
}

/* The steps before `end` that are on, from the fixed image. */
static PmtTransform *
chain_to (const PmtStepList *list, guint end)
{
  PmtTransform *chain = pmt_transform_new (list->fixed, (PmtSize) { 0, 0 });

  for (guint i = 0; i < end; i++)
    if (entry_at (list, (int) i)->on)
      {
        PmtTransform *longer = pmt_transform_compose (chain, entry_at (list, (int) i)->step, NULL);

        pmt_transform_unref (chain);
        chain = longer;
      }
  return chain;
}

PmtTransform *
pmt_step_list_get_chain (const PmtStepList *list)
{
  g_autoptr (PmtTransform) steps = chain_to (list, list->entries->len);
  g_autoptr (PmtTransform) end = pmt_transform_new ((PmtSize) { 0, 0 }, list->moving);

  return pmt_transform_compose (steps, end, NULL);
}

GArray *
pmt_step_list_get_off (const PmtStepList *list)
{
  GArray *off = NULL;
  int before = 0;

  for (guint i = 0; i < list->entries->len; i++)
    {
      const Entry *entry = entry_at (list, (int) i);

      if (entry->on)
        {
          before++;
          continue;
        }
      if (off == NULL)
        off = pmt_off_steps_new ();
      pmt_off_steps_add (off, before, entry->step);
    }
  return off;
}

int
pmt_step_list_get_length (const PmtStepList *list)
{
  return (int) list->entries->len;
}

const PmtTransform *
pmt_step_list_get_step (const PmtStepList *list, int index)
{
  return entry_at (list, index)->step;
}

gboolean
pmt_step_list_is_on (const PmtStepList *list, int index)
{
  return entry_at (list, index)->on;
}

void
pmt_step_list_switch (PmtStepList *list, int index, gboolean on)
{
  entry_at (list, index)->on = on;
}

void
pmt_step_list_remove (PmtStepList *list, int index)
{
  g_array_remove_index (list->entries, (guint) index);
}

void
pmt_step_list_keep (PmtStepList *list, const gboolean *chosen)
{
  for (int i = pmt_step_list_get_length (list) - 1; i >= 0; i--)
    if (!chosen[i])
      pmt_step_list_remove (list, i);
}

/* -- changing places -- */

/* The fixed image's corners and, last, its middle. */
static void
places_of (const PmtStepList *list, PmtPoint places[5])
{
  double width = list->fixed.width, height = list->fixed.height;

  places[0] = (PmtPoint) { 0, 0 };
  places[1] = (PmtPoint) { width, 0 };
  places[2] = (PmtPoint) { width, height };
  places[3] = (PmtPoint) { 0, height };
  places[4] = (PmtPoint) { width / 2, height / 2 };
}

/* FALSE where the step leads to pixels of clearly another size or direction than those it is given. */
static gboolean
keeps_pixels (const PmtStepList *list, int index)
{
  g_autoptr (PmtTransform) before = chain_to (list, (guint) index);
  PmtPoint places[5];
  double j[2][2];

  places_of (list, places);
  pmt_transform_map (before, 5, places, places);
  if (!pmt_transform_jacobian (entry_at (list, index)->step, places[4], j))
    return FALSE;
  /* the Frobenius norm; a turn by φ and a scale by s both count as they move a corner */
  return hypot (hypot (j[0][0] - 1, j[0][1]), hypot (j[1][0], j[1][1] - 1)) / G_SQRT2 <= SAME_PIXELS;
}

PmtMoveObstacle
pmt_step_list_find_obstacle (const PmtStepList *list, int index, int towards)
{
  int neighbour = index + towards;

  if (neighbour < 0 || neighbour >= pmt_step_list_get_length (list))
    return PMT_MOVE_NO_NEIGHBOUR;
  if (!keeps_pixels (list, index))
    return PMT_MOVE_OTHER_PIXELS;
  return keeps_pixels (list, neighbour) ? PMT_MOVE_POSSIBLE : PMT_MOVE_NEIGHBOUR_OTHER;
}

void
pmt_step_list_move (PmtStepList *list, int index, int towards)
{
  Entry moved = *entry_at (list, index);

  *entry_at (list, index) = *entry_at (list, index + towards);
  *entry_at (list, index + towards) = moved;
}

void
pmt_step_list_measure (const PmtStepList *list, int index, PmtPoint moved[4])
{
  g_autoptr (PmtTransform) before = chain_to (list, (guint) index);
  gboolean known = list->fixed.width > 0 && list->fixed.height > 0;
  PmtPoint from[5], to[5];

  places_of (list, from);
  pmt_transform_map (before, 5, from, from);
  pmt_transform_map (entry_at (list, index)->step, 5, from, to);
  for (int i = 0; i < 4; i++)
    moved[i] = known ? (PmtPoint) { to[i].x - from[i].x, to[i].y - from[i].y } : (PmtPoint) { NAN, NAN };
}
