/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Corner 1 of the plan lies at the origin and corner 2 on the x axis, so there are five unknowns: x₂, x₃, y₃, x₄, y₄. The lengths
 * between the corners are fitted by Gauss and Newton's method from the rectangle whose sides are the means of opposite ones. */
#include "fit/rectify.h"

#include <lapacke.h>
#include <math.h>

#include "base/error.h"
#include "fit/point-fit.h"

#define UNKNOWNS   5
#define LENGTHS    6
#define ROUNDS     50
#define SETTLED    1e-13   /* of the longest length, a step that is the last */
#define CONSISTENT 0.1     /* of its length, what a measure may be off the plan's: more is a slip of the pen */
#define LEAST_AREA 1e-4    /* of the square of the longest side, that a corner's triangle must have */
#define MOST_SIDE  1000000 /* px */

static const int ends[LENGTHS][2] = { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 0 }, { 0, 2 }, { 1, 3 } };
static const char *const names[LENGTHS] = { "side 1–2", "side 2–3", "side 3–4", "side 4–1", "diagonal 1–3", "diagonal 2–4" };

static gboolean
bad (GError **error, const char *sentence)
{
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, sentence);
  return FALSE;
}

/* Twice the area of the triangle at each corner is positive, and not next to nothing: convex, and clockwise where y goes down. */
static gboolean
is_convex (const PmtPoint p[4])
{
  double longest = 0;

  for (int i = 0; i < 4; i++)
    longest = fmax (longest, hypot (p[(i + 1) % 4].x - p[i].x, p[(i + 1) % 4].y - p[i].y));
  for (int i = 0; i < 4; i++)
    {
      PmtPoint a = p[i], b = p[(i + 1) % 4], c = p[(i + 2) % 4];

      if (!((b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > LEAST_AREA * longest * longest))
        return FALSE;
    }
  return TRUE;
}

/* -- the plan -- */

/* All six in one row; a rectangle's are filled in where only two sides were measured. */
static gboolean
read_lengths (const PmtMeasures *m, double length[LENGTHS], GError **error)
{
  int    known = 0, sides = 0;
  double a, b;

  for (int i = 0; i < LENGTHS; i++)
    {
      length[i] = i < 4 ? m->side[i] : m->diagonal[i - 4];
      if (isnan (length[i]))
        continue;
      if (!(length[i] > 0 && length[i] < 1e9))
        return bad (error, "lengths must be above 0");
      known++;
      sides += i < 4;
    }
  a = isnan (length[0]) ? length[2] : length[0];
  b = isnan (length[1]) ? length[3] : length[1];
  if (known == 2 && sides == 2 && !isnan (a) && !isnan (b))
    {
      length[0] = length[2] = a;
      length[1] = length[3] = b;
      length[4] = length[5] = hypot (a, b);
      return TRUE;
    }
  if (known >= UNKNOWNS)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "%d of the four sides and two diagonals do not fix a shape: measure five, or for a rectangle two sides that meet", known);
  return FALSE;
}

/* What the plan's lengths are more than the measured ones, and their derivatives; rows of lengths not measured are 0. */
static void
residuals (const PmtPoint p[4], const double length[LENGTHS], double r[LENGTHS], double j[LENGTHS][UNKNOWNS])
{
  static const int unknown_x[4] = { -1, 0, 1, 3 }, unknown_y[4] = { -1, -1, 2, 4 };

  for (int i = 0; i < LENGTHS; i++)
    {
      int    a = ends[i][0], b = ends[i][1];
      double dx = p[b].x - p[a].x, dy = p[b].y - p[a].y, d = fmax (hypot (dx, dy), 1e-300);

      for (int k = 0; k < UNKNOWNS; k++)
        j[i][k] = 0;
      r[i] = isnan (length[i]) ? 0 : d - length[i];
      if (isnan (length[i]))
        continue;
      if (unknown_x[b] >= 0)
        j[i][unknown_x[b]] += dx / d;
      if (unknown_y[b] >= 0)
        j[i][unknown_y[b]] += dy / d;
      if (unknown_x[a] >= 0)
        j[i][unknown_x[a]] -= dx / d;
      if (unknown_y[a] >= 0)
        j[i][unknown_y[a]] -= dy / d;
    }
}

/* Mean of what is known of two opposite sides, else what the diagonals leave. */
static double
mean_side (const double length[LENGTHS], int i)
{
  double a = length[i], b = length[i + 2];

  return isnan (a) ? b : isnan (b) ? a : 0.5 * (a + b);
}

/* The corners in the lengths' unit, corner 1 at the origin. */
static gboolean
fit_plan (const double length[LENGTHS], PmtPoint p[4], double *misfit, GError **error)
{
  double w = mean_side (length, 0), h = mean_side (length, 1), step = INFINITY, squares = 0, r[LENGTHS], j[LENGTHS][UNKNOWNS];
  int    known = 0;

  p[0] = (PmtPoint) { 0, 0 }, p[1] = (PmtPoint) { w, 0 }, p[2] = (PmtPoint) { w, h }, p[3] = (PmtPoint) { 0, h };
  for (int round = 0; round < ROUNDS && step > SETTLED * (w + h); round++)
    {
      residuals (p, length, r, j);
      if (LAPACKE_dgels (LAPACK_ROW_MAJOR, 'N', LENGTHS, UNKNOWNS, 1, &j[0][0], UNKNOWNS, r, 1) != 0)
        return bad (error, "these lengths do not fix a shape");
      p[1].x -= r[0], p[2].x -= r[1], p[2].y -= r[2], p[3].x -= r[3], p[3].y -= r[4];
      step = 0;
      for (int k = 0; k < UNKNOWNS; k++)
        step = fmax (step, fabs (r[k]));
    }
  residuals (p, length, r, j);
  for (int i = 0; i < LENGTHS; i++)
    if (!isnan (length[i]))
      {
        if (!(fabs (r[i]) < CONSISTENT * length[i]))
          {
            g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "no four corners have these lengths: %s would have to be %.6g, and is %.6g",
                         names[i], length[i] + r[i], length[i]);
            return FALSE;
          }
        squares += r[i] * r[i];
        known++;
      }
  *misfit = known > UNKNOWNS ? sqrt (squares / known) : 0;
  return is_convex (p) || bad (error, "these lengths make a shape that turns in at a corner");
}

/* -- the map -- */

static double
area_of (const PmtPoint p[4])
{
  return 0.5 * fabs ((p[2].x - p[0].x) * (p[3].y - p[1].y) - (p[2].y - p[0].y) * (p[3].x - p[1].x));
}

/* To pixels, the upper left of the box around the corners at 0. */
static gboolean
place_plan (PmtPoint p[4], double resolution, PmtSize *size, GError **error)
{
  PmtPoint low = p[0], high = p[0];

  for (int i = 1; i < 4; i++)
    {
      low = (PmtPoint) { fmin (low.x, p[i].x), fmin (low.y, p[i].y) };
      high = (PmtPoint) { fmax (high.x, p[i].x), fmax (high.y, p[i].y) };
    }
  for (int i = 0; i < 4; i++)
    p[i] = (PmtPoint) { resolution * (p[i].x - low.x), resolution * (p[i].y - low.y) };
  low = (PmtPoint) { resolution * (high.x - low.x), resolution * (high.y - low.y) };
  if (!(low.x >= 1 && low.y >= 1 && low.x <= MOST_SIDE && low.y <= MOST_SIDE))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "at %g px for a unit of length the plan would be %.0f × %.0f px", resolution, low.x,
                   low.y);
      return FALSE;
    }
  *size = (PmtSize) { (int) ceil (low.x - 1e-6), (int) ceil (low.y - 1e-6) };
  return TRUE;
}

PmtRectification *
pmt_rectify (const PmtPoint corner[4], const PmtMeasures *measures, double resolution, PmtSize photograph, GError **error)
{
  g_autoptr (PmtRectification) r = g_new0 (PmtRectification, 1);
  g_autoptr (PmtPointFit)      fit = NULL;
  PmtPointOptions              options;
  PmtSize                      size;
  double                       length[LENGTHS];

  if (!is_convex (corner))
    {
      bad (error, "the corners must be the four of a convex shape, clockwise from the upper left");
      return NULL;
    }
  if (!(resolution >= 0 && isfinite (resolution)))
    {
      bad (error, "a resolution is 0 or more");
      return NULL;
    }
  if (!read_lengths (measures, length, error) || !fit_plan (length, r->plan, &r->misfit, error))
    return NULL;
  r->resolution = resolution > 0 ? resolution : sqrt (area_of (corner) / area_of (r->plan));
  if (!place_plan (r->plan, r->resolution, &size, error))
    return NULL;
  pmt_point_options_init (&options);
  options.model = PMT_POINT_MODEL_HOMOGRAPHY;
  fit = pmt_point_fit_new (4, r->plan, corner, size, photograph, &options, error);
  if (fit == NULL)
    return NULL;
  r->transform = pmt_transform_ref (fit->transform);
  return g_steal_pointer (&r);
}

void
pmt_rectification_free (PmtRectification *r)
{
  if (r == NULL)
    return;
  g_clear_pointer (&r->transform, pmt_transform_unref);
  g_free (r);
}
