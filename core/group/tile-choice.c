/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tiles to register with what. With an overview, each with that: near its hint where it has one, else everywhere, at the
 * scale that is known; what was not found is tried again at the scale of what was. Without, neighbours by their hints, or all
 * with all where there are few, or neighbours in the list. Then, from where the tiles lie, all that overlap. */
#include <math.h>

#include "base/select-private.h"
#include "group/group-private.h"

#define FEW          10       /* tiles of which all pairs are tried */
#define OVERLAP      0.05     /* of the smaller tile, that two must have in common */
#define PLACES       32       /* a side, that are looked at for it */
#define NARROW       24.0     /* px: the least √area of an overlap */
#define SLACK        1.1      /* of the tiles' size, within which hints make neighbours */

static void
add (GArray *todo, int a, int b, PmtStart start, const PmtMatrix3 *initial)
{
  PmtPairTodo pair = { a, b, start, initial != NULL ? *initial : pmt_matrix3_identity };

  g_array_append_val (todo, pair);
}

static gboolean
usable (const PmtGroupBuild *b, int i)
{
  return b->likeness.size[i].width > 0;
}

static gboolean
has_hint (const PmtGroupBuild *b, int i)
{
  return b->options->position != NULL && isfinite (b->options->position[i].x) && isfinite (b->options->position[i].y);
}

/* -- on the overview -- */

/* The centre of the tile at `centre` of the overview. */
static PmtMatrix3
placed_at (const PmtGroupBuild *b, int i, PmtPoint centre, double scale)
{
  PmtSize size = b->likeness.size[i];

  return (PmtMatrix3) { { { scale, 0, size.width / 2.0 - scale * centre.x },
                          { 0, scale, size.height / 2.0 - scale * centre.y }, { 0, 0, 1 } } };
}

static PmtPoint
middle_of_overview (const PmtGroupBuild *b)
{
  return (PmtPoint) { b->likeness.size[0].width / 2.0, b->likeness.size[0].height / 2.0 };
}

static GArray *
all_on_overview (const PmtGroupBuild *b)
{
  GArray *todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  double  scale = b->options->scale;

  for (int i = 1; i < b->n; i++)
    {
      gboolean   hint = has_hint (b, i) && scale > 0;
      PmtMatrix3 initial = placed_at (b, i, hint ? b->options->position[i] : middle_of_overview (b), scale > 0 ? scale : 1);

      if (usable (b, i))
        add (todo, 0, i, hint ? PMT_START_LOCAL : scale > 0 ? PMT_START_SCALE : PMT_START_NONE, &initial);
    }
  return todo;
}

/* Of the tiles that are placed, in the middle; 0: none is. */
static double
found_scale (const PmtGroupBuild *b)
{
  g_autofree double *scale = g_new (double, b->n);
  int                n = 0;

  for (int i = 1; i < b->n; i++)
    if (b->graph.node[i].placed)
      scale[n++] = sqrt (fabs (pmt_matrix3_determinant (&b->graph.node[i].matrix)));
  return n > 0 ? _pmt_quantile (scale, n, 0.5) : 0;
}

GArray *
_pmt_group_rescue_tiles (const PmtGroupBuild *b)
{
  GArray *todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  double  scale = b->options->scale > 0 ? b->options->scale : b->options->order == PMT_GROUP_OVERVIEW ? found_scale (b) : 0;

  for (int i = 1; i < b->n && b->options->order == PMT_GROUP_OVERVIEW && scale > 0; i++)
    if (usable (b, i) && !b->graph.node[i].placed && (b->options->scale == 0 || has_hint (b, i)))
      {
        PmtMatrix3 initial = placed_at (b, i, middle_of_overview (b), scale);

        add (todo, 0, i, PMT_START_SCALE, &initial);
      }
  return todo;
}

/* -- each other -- */

static gboolean
hints_touch (const PmtGroupBuild *b, int i, int j)
{
  PmtPoint p = b->options->position[i], q = b->options->position[j];

  return fabs (p.x - q.x) < SLACK * 0.5 * (b->likeness.size[i].width + b->likeness.size[j].width)
         && fabs (p.y - q.y) < SLACK * 0.5 * (b->likeness.size[i].height + b->likeness.size[j].height);
}

/* Tiles that touch at a corner only are left for later. */
static gboolean
share_an_edge (const PmtGroupBuild *b, int i, int j)
{
  PmtPoint p = b->options->position[i], q = b->options->position[j];

  return fabs (p.x - q.x) < 0.5 * b->likeness.size[i].width || fabs (p.y - q.y) < 0.5 * b->likeness.size[i].height;
}

GArray *
_pmt_group_first_tiles (const PmtGroupBuild *b)
{
  GArray *todo;

  if (b->options->order == PMT_GROUP_OVERVIEW)
    return all_on_overview (b);
  todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  for (int i = 0; i < b->n; i++)
    for (int j = i + 1; j < b->n; j++)
      {
        gboolean hints = has_hint (b, i) && has_hint (b, j);

        if (usable (b, i) && usable (b, j)
            && (hints ? hints_touch (b, i, j) && share_an_edge (b, i, j) : b->n <= FEW || j == i + 1))
          {
            PmtPoint   p = hints ? b->options->position[i] : (PmtPoint) { 0, 0 }, q = hints ? b->options->position[j] : p;
            PmtSize    from = b->likeness.size[i], to = b->likeness.size[j];
            PmtMatrix3 initial = pmt_matrix3_translation (p.x - q.x + 0.5 * (to.width - from.width),
                                                          p.y - q.y + 0.5 * (to.height - from.height));

            add (todo, i, j, hints ? PMT_START_LOCAL : PMT_START_NONE, &initial);
          }
      }
  return todo;
}

/* How much of the smaller of two tiles lies in the other as they are placed, and its √area in px. */
static gboolean
overlap (const PmtGroupBuild *b, int i, int j, const PmtMatrix3 *map)
{
  PmtSize from = b->likeness.size[i], to = b->likeness.size[j];
  double  area = (double) from.width * from.height, inside = 0;

  for (int k = 0; k < PLACES * PLACES; k++)
    {
      PmtPoint q = pmt_matrix3_map (map, (PmtPoint) { from.width * (k % PLACES + 0.5) / PLACES,
                                                      from.height * (k / PLACES + 0.5) / PLACES });

      inside += q.x >= 0 && q.y >= 0 && q.x <= to.width && q.y <= to.height;
    }
  inside *= area / (PLACES * PLACES);
  return inside >= OVERLAP * MIN (area, (double) to.width * to.height) && inside >= NARROW * NARROW;
}

/* Where a tile lies, or by its hint should lie; FALSE where nothing is known. */
static gboolean
pose_of (const PmtGroupBuild *b, int i, PmtMatrix3 *pose)
{
  *pose = b->graph.node[i].matrix;
  if (b->graph.node[i].placed)
    return TRUE;
  if (b->options->order != PMT_GROUP_OVERVIEW || !has_hint (b, i) || !(b->options->scale > 0) || !usable (b, i))
    return FALSE;
  *pose = placed_at (b, i, b->options->position[i], b->options->scale);
  return TRUE;
}

/* A tile, its middle and reach in the frame of the reference, for a quick no. */
typedef struct
{
  gboolean   known;
  PmtMatrix3 pose, back;
  PmtPoint   middle;
  double     reach;
} Lying;

static Lying
lying (const PmtGroupBuild *b, int i)
{
  PmtSize size = b->likeness.size[i];
  Lying   t = { .known = pose_of (b, i, &t.pose) };

  if (!t.known)
    return t;
  t.known = pmt_matrix3_invert (&t.pose, &t.back);
  t.middle = pmt_matrix3_map (&t.back, (PmtPoint) { size.width / 2.0, size.height / 2.0 });
  for (int k = 0; k < 4 && t.known; k++)
    {
      PmtPoint corner = pmt_matrix3_map (&t.back, (PmtPoint) { k % 2 * size.width, k / 2 * size.height });

      t.reach = fmax (t.reach, hypot (corner.x - t.middle.x, corner.y - t.middle.y));    /* NAN, past a horizon: nowhere */
      t.known = isfinite (corner.x) && isfinite (t.middle.x);
    }
  return t;
}

static gboolean
may_touch (const Lying *a, const Lying *b)
{
  return a->known && b->known && hypot (a->middle.x - b->middle.x, a->middle.y - b->middle.y) <= a->reach + b->reach;
}

GArray *
_pmt_group_neighbours (const PmtGroupBuild *b)
{
  GArray           *todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  g_autofree Lying *tile = g_new (Lying, b->n);
  int               first = b->options->order == PMT_GROUP_OVERVIEW;

  for (int i = 0; i < b->n; i++)
    tile[i] = lying (b, i);
  for (int i = first; i < b->n; i++)
    for (int j = i + 1; j < b->n; j++)
      {
        PmtMatrix3 map;

        if (!may_touch (&tile[i], &tile[j]) || (!b->graph.node[i].placed && !b->graph.node[j].placed) || _pmt_group_was_tried (b, i, j))
          continue;
        map = pmt_matrix3_then (&tile[i].back, &tile[j].pose);
        if (overlap (b, i, j, &map))
          add (todo, i, j, PMT_START_LOCAL, &map);
      }
  return todo;
}
