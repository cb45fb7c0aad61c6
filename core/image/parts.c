/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Connected parts by runs: each run of a row joins those of the row above that it touches (union by a forest of labels, the lower
 * label the root, paths halved on the way), then runs take their roots' numbers. */

#include "image/parts.h"

#include "base/error.h"

static int
root_of (GArray *parent, int label)
{
  int *p = (int *) parent->data;

  while (p[label] != label)
    label = p[label] = p[p[label]];
  return label;
}

static void
join (GArray *parent, int a, int b)
{
  a = root_of (parent, a);
  b = root_of (parent, b);
  g_array_index (parent, int, MAX (a, b)) = MIN (a, b);
}

/* Appends the runs of a row; those from `above` up to the present end are the row's above. */
static void
add_row (GArray *runs, GArray *parent, guint above, const float *row, int width, int y)
{
  guint end = runs->len;

  for (int x = 0; x < width; x++)
    {
      PmtPartRun run = { .part = (int) parent->len, .y = y, .from = x };

      if (!(row[x] > 0))
        continue;
      while (x < width && row[x] > 0)
        x++;
      run.to = x;
      g_array_append_val (parent, run.part);
      for (guint k = above; k < end; k++)
        {
          const PmtPartRun *other = &g_array_index (runs, PmtPartRun, k);

          if (other->from <= run.to && other->to >= run.from)
            join (parent, run.part, other->part);
        }
      g_array_append_val (runs, run);
    }
}

static gboolean
find_runs (PmtSource *map, GArray *runs, GArray *parent, GError **error)
{
  int width = pmt_source_get_width (map), height = pmt_source_get_height (map);
  g_autofree float *row = g_try_new (float, width);
  guint above = 0;

  if (row == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for a row of %d pixels", width);
      return FALSE;
    }
  for (int y = 0; y < height; y++)
    {
      guint begin = runs->len;

      if (!pmt_source_read (map, &(PmtRect) { 0, y, width, 1 }, row, width, error))
        return FALSE;
      add_row (runs, parent, above, row, width, y);
      above = begin;
    }
  return TRUE;
}

/* Roots to numbers, in the order in which parts begin; −1 for the small ones, whose runs go. */
static void
number (PmtParts *parts, GArray *parent, int least)
{
  g_autofree gint64 *pixels = g_new0 (gint64, parent->len + 1);
  g_autofree int *numbers = g_new (int, parent->len + 1);
  guint kept = 0;

  for (guint i = 0; i < parts->runs->len; i++)
    {
      PmtPartRun *run = &g_array_index (parts->runs, PmtPartRun, i);

      run->part = root_of (parent, run->part);
      pixels[run->part] += run->to - run->from;
    }
  for (guint label = 0; label < parent->len; label++)
    {
      numbers[label] = pixels[label] >= least ? parts->n++ : -1;
      parts->left_out += pixels[label] > 0 && pixels[label] < least;
    }
  for (guint i = 0; i < parts->runs->len; i++)
    {
      PmtPartRun run = g_array_index (parts->runs, PmtPartRun, i);

      run.part = numbers[run.part];
      if (run.part >= 0)
        g_array_index (parts->runs, PmtPartRun, kept++) = run;
    }
  g_array_set_size (parts->runs, kept);
}

PmtParts *
pmt_parts_new (PmtSource *map, int least, GError **error)
{
  g_autoptr (PmtParts) parts = g_new0 (PmtParts, 1);
  g_autoptr (GArray) parent = g_array_new (FALSE, FALSE, sizeof (int));

  parts->runs = g_array_new (FALSE, FALSE, sizeof (PmtPartRun));
  if (!find_runs (map, parts->runs, parent, error))
    return NULL;
  number (parts, parent, MAX (least, 1));
  return g_steal_pointer (&parts);
}

void
pmt_parts_free (PmtParts *parts)
{
  if (parts == NULL)
    return;
  g_array_unref (parts->runs);
  g_free (parts);
}
