/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every whole shift of an overview, each scored by the metric itself, so that all metrics are searched alike. On √area 48
 * that is some 5,000 shifts of 2,300 px. Where little overlaps, a metric scatters more and does well by chance, with a
 * standard deviation that falls with the root of the overlap o; so shifts are ranked by
 *
 *     (cost − median of all costs)·√o */
#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "base/select-private.h"
#include "climb/climb-private.h"

#define DISTINCT 3.0   /* px */
#define LARGEST  160   /* px of shift */
#define POINTS   10    /* a side, to see quickly what overlaps … */
#define SURELY   0.7   /* … of the floor: below this, so few of them miss nothing */

typedef struct
{
  PmtObjective   *o;
  int             across, down;      /* shifts −across … across, −down … down */
  double         *cost, *overlap;
  PmtMetricWork **work;              /* one a thread */
} Search;

/* Whether enough of a few points of the fixed level fall on the moving one for the shift to be worth drawing. */
static gboolean
may_overlap (const PmtMetricPair *pair, const PmtMatrix3 *map, double floor)
{
  int inside = 0;

  for (int k = 0; k < POINTS * POINTS; k++)
    {
      PmtPoint p = { pair->width * (k % POINTS + 0.5) / POINTS, pair->height * (k / POINTS + 0.5) / POINTS };
      PmtPoint q = pmt_matrix3_map (map, p);

      inside += q.x >= 0 && q.y >= 0 && q.x <= pair->moving->width && q.y <= pair->moving->height;
    }
  return inside * (double) pair->width * pair->height >= POINTS * POINTS * floor * SURELY * pair->area;
}

static double
cost_of_shift (Search *s, int x, int y, int thread, double *overlap, GError **error)
{
  double     score, sign = s->o->pair->klass->maximise ? -1 : 1;
  double     theta[PMT_CLIMB_MAX_SIZE] = { x, y };
  PmtMatrix3 pose = _pmt_objective_pose (s->o, theta), map = _pmt_metric_pair_map (s->o->pair, &pose);

  if (!may_overlap (s->o->pair, &map, s->o->floor)
      || !_pmt_metric_evaluate (s->o->pair, s->work[thread], &map, &score, overlap, NULL, NULL, error)
      || *overlap < s->o->floor)
    return PMT_COST_NOTHING;
  return sign * score;
}

/* How far one line of px slides along another until nothing of them overlaps. */
static int
furthest (int fixed, int moving)
{
  return CLAMP (MAX (fixed, moving), 1, LARGEST);
}

static gboolean
shift_row (int row, int thread, gpointer data, GError **error)
{
  Search *s = data;
  int     width = 2 * s->across + 1;
  GError *problem = NULL;

  for (int i = 0; i < width; i++)
    {
      s->cost[row * width + i] = cost_of_shift (s, i - s->across, row - s->down, thread,
                                                &s->overlap[row * width + i], &problem);
      if (problem != NULL)
        {
          g_propagate_error (error, problem);
          return FALSE;
        }
    }
  return TRUE;
}

/* Costs to ranks; returns the median of the costs. */
static double
rank (Search *s, int count)
{
  g_autofree double *all = g_new (double, count);
  int                n = 0;
  double             median;

  for (int i = 0; i < count; i++)
    if (s->cost[i] < PMT_COST_NOTHING)
      all[n++] = s->cost[i];
  median = n > 0 ? _pmt_quantile (all, n, 0.5) : 0;
  for (int i = 0; i < count; i++)
    if (s->cost[i] < PMT_COST_NOTHING)
      s->cost[i] = _pmt_climb_rank (s->cost[i], median, s->overlap[i]);
  return median;
}

static void
pick (const Search *s, int keep, PmtPoint *shifts, int *n)
{
  int width = 2 * s->across + 1, count = width * (2 * s->down + 1);

  for (*n = 0; *n < keep; (*n)++)
    {
      int best = -1;

      for (int i = 0; i < count; i++)
        {
          int      x = i % width - s->across, y = i / width - s->down;
          gboolean taken = !(s->cost[i] < PMT_COST_NOTHING);

          for (int k = 0; k < *n && !taken; k++)
            taken = hypot (x - shifts[k].x, y - shifts[k].y) < DISTINCT;
          if (!taken && (best < 0 || s->cost[i] < s->cost[best]))
            best = i;
        }
      if (best < 0)
        return;
      shifts[*n] = (PmtPoint) { best % width - s->across, best / width - s->down };
    }
}

double
_pmt_climb_rank (double cost, double median, double overlap)
{
  return (cost - median) * sqrt (MIN (overlap, 1));
}

gboolean
_pmt_all_shifts (PmtObjective *o, int keep, PmtPoint *shifts, int *n, double *median, GError **error)
{
  int                       threads = pmt_context_get_threads (o->pair->context);
  Search                    s = { .o = o, .across = furthest (o->pair->width, o->pair->moving->width),
                                  .down = furthest (o->pair->height, o->pair->moving->height) };
  int                       rows = 2 * s.down + 1;
  int                       count = rows * (2 * s.across + 1);
  g_autofree double        *cost = g_new0 (double, count), *overlap = g_new0 (double, count);
  g_autofree PmtMetricWork **work = g_new0 (PmtMetricWork *, threads);
  gboolean                  ok = TRUE;

  s.cost = cost;
  s.overlap = overlap;
  s.work = work;
  for (int t = 0; t < threads && ok; t++)
    ok = (work[t] = _pmt_metric_work_new (o->pair, FALSE, error)) != NULL;
  ok = ok && pmt_parallel_for (o->pair->context, rows, shift_row, &s, error);
  for (int t = 0; t < threads; t++)
    _pmt_metric_work_free (work[t]);
  o->evaluations += count;
  if (ok)
    {
      *median = rank (&s, count);
      pick (&s, keep, shifts, n);
    }
  return ok;
}
