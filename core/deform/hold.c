/* SPDX-License-Identifier: GPL-3.0-or-later */

/* G, the map that was found, has to become B, the one before, in an area A of the fixed image. In the moving image's frame that is a step
 *
 *   E: q ↦ q + w(q)·v(q),   v(q) = B(G⁻¹(q)) − q,
 *
 * behind G, with w = 1 on G(A) and 0 from some way around it on: there E∘G = B. E is a cubic B-spline whose controls are w·v at the
 * nodes; as splines reproduce planes that is near already, and a few turns of adding what is missed at the nodes bring the rest. Every control
 * that a place of G(A) sees lies within √8 nodes of it, so w stays 1 for so far. Then it falls as 1 − 3s² + 2s³ over a way that grows until
 * E does not fold, to the length of the image at most. */

#include "deform/hold.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

#define NODES     256       /* along the longer side */
#define CORE      2.9       /* nodes: more than √8 */
#define LEAST_WAY 6.0       /* nodes */
#define STEEPEST  3.0       /* times the largest difference is the shortest way: a slope of ½ */
#define LONGER    1.6
#define TRIES     7
#define TURNS     4

typedef struct
{
  int       columns, rows, n;
  double    spacing;
  PmtPoint *wanted;      /* v; 0 where there is none */
  double   *way;         /* nodes to the nearest that is held */
  double    largest;     /* |v| where held, px */
} Field;

static void
field_clear (Field *f)
{
  g_free (f->wanted);
  g_free (f->way);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Field, field_clear)

static gboolean
is_held (PmtSource *held, PmtPoint p, gboolean *yes, GError **error)
{
  PmtRect pixel = { 0, 0, 1, 1 };
  float value = 0;

  *yes = FALSE;
  if (!(p.x >= 0 && p.y >= 0 && p.x < pmt_source_get_width (held) && p.y < pmt_source_get_height (held)))
    return TRUE;
  pixel.x = (int) p.x;
  pixel.y = (int) p.y;
  if (!pmt_source_read (held, &pixel, &value, 1, error))
    return FALSE;
  *yes = value >= 0.5f;
  return TRUE;
}

static gboolean
field_fill (Field *f, const PmtTransform *after, const PmtTransform *before, PmtSource *held, GError **error)
{
  g_autoptr (PmtTransform) back = pmt_transform_invert (after, error);
  g_autofree PmtPoint *from = g_new (PmtPoint, f->n), *to = g_new (PmtPoint, f->n);

  if (back == NULL)
    return FALSE;
  for (int i = 0; i < f->n; i++)
    from[i] = (PmtPoint) { i % f->columns * f->spacing, i / f->columns * f->spacing };
  pmt_transform_map (back, f->n, from, to);
  for (int i = 0; i < f->n; i++)
    {
      PmtPoint fixed = to[i], image;
      gboolean yes = FALSE;

      if (isfinite (fixed.x) && !is_held (held, fixed, &yes, error))
        return FALSE;
      pmt_transform_map (before, 1, &fixed, &image);
      f->way[i] = yes && isfinite (image.x) ? 0 : HUGE_VAL;
      if (isfinite (image.x) && isfinite (image.y))
        f->wanted[i] = (PmtPoint) { image.x - from[i].x, image.y - from[i].y };
      if (f->way[i] == 0)
        f->largest = MAX (f->largest, hypot (f->wanted[i].x, f->wanted[i].y));
    }
  return TRUE;
}

/* Two sweeps of steps of 1 and √2: at most 8 % too long. */
static void
field_measure (Field *f)
{
  static const int steps[4][2] = { { -1, 0 }, { 0, -1 }, { -1, -1 }, { 1, -1 } };

  for (int sweep = 0; sweep < 2; sweep++)
    for (int k = 0; k < f->n; k++)
      {
        int i = sweep == 0 ? k : f->n - 1 - k, x = i % f->columns, y = i / f->columns, sign = sweep == 0 ? 1 : -1;

        for (int s = 0; s < 4; s++)
          {
            int a = x + sign * steps[s][0], b = y + sign * steps[s][1];

            if (a >= 0 && b >= 0 && a < f->columns && b < f->rows)
              f->way[i] = MIN (f->way[i], f->way[b * f->columns + a] + (s < 2 ? 1 : G_SQRT2));
          }
      }
}

static double
weight (double way, double length)
{
  double s = CLAMP ((way - CORE) / length, 0, 1);

  return 1 - s * s * (3 - 2 * s);
}

/* The spline's value at a node. */
static PmtPoint
at_node (const Field *f, const PmtPoint *control, int x, int y)
{
  static const double share[3] = { 1.0 / 6, 4.0 / 6, 1.0 / 6 };
  PmtPoint sum = { 0, 0 };

  for (int j = -1; j <= 1; j++)
    for (int i = -1; i <= 1; i++)
      {
        const PmtPoint *c = &control[CLAMP (y + j, 0, f->rows - 1) * f->columns + CLAMP (x + i, 0, f->columns - 1)];

        sum.x += share[i + 1] * share[j + 1] * c->x;
        sum.y += share[i + 1] * share[j + 1] * c->y;
      }
  return sum;
}

static void
controls (const Field *f, double length, PmtPoint *control)
{
  g_autofree PmtPoint *missed = g_new0 (PmtPoint, f->n);

  for (int i = 0; i < f->n; i++)
    {
      double w = weight (f->way[i], length);

      control[i] = (PmtPoint) { w * f->wanted[i].x, w * f->wanted[i].y };
    }
  for (int turn = 0; turn < TURNS; turn++)
    {
      for (int i = 0; i < f->n; i++)
        if (f->way[i] <= CORE)
          {
            PmtPoint value = at_node (f, control, i % f->columns, i / f->columns);

            missed[i] = (PmtPoint) { f->wanted[i].x - value.x, f->wanted[i].y - value.y };
          }
      for (int i = 0; i < f->n; i++)
        if (f->way[i] <= CORE - 1)
          control[i] = (PmtPoint) { control[i].x + missed[i].x, control[i].y + missed[i].y };
    }
}

static PmtTransform *
append (const Field *f, const PmtTransform *after, PmtSize moving, double length, GError **error)
{
  g_autofree PmtPoint *control = g_new (PmtPoint, f->n);
  PmtLattice lattice = { { 0, 0 }, { f->spacing, f->spacing }, f->columns, f->rows, control };
  PmtProvenance provenance;
  PmtTransform *held;

  controls (f, length, control);
  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("held");
  held = pmt_transform_append_dense (after, &lattice, 0, moving, &provenance, error);
  pmt_provenance_clear (&provenance);
  return held;
}

PmtTransform *
pmt_hold_place (const PmtTransform *after, const PmtTransform *before, PmtSource *held, double *reach, GError **error)
{
  PmtSize moving = pmt_transform_get_moving_size (after);
  g_auto (Field) f = { .spacing = MAX (MAX (moving.width, moving.height) / (double) (NODES - 1), 1) };
  double length;

  f.columns = (int) ceil (moving.width / f.spacing) + 1;
  f.rows = (int) ceil (moving.height / f.spacing) + 1;
  f.n = f.columns * f.rows;
  f.wanted = g_new0 (PmtPoint, f.n);
  f.way = g_new (double, f.n);
  if (!field_fill (&f, after, before, held, error))
    return NULL;
  field_measure (&f);
  if (!isfinite (f.way[0]))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "nothing that is to be held lies in both images");
      return NULL;
    }
  length = MAX (LEAST_WAY, STEEPEST * f.largest / f.spacing);
  for (int i = 0; i < TRIES && length <= NODES; i++, length *= LONGER)
    {
      g_autoptr (GError) folds = NULL;
      PmtTransform *transform = append (&f, after, moving, length, &folds);

      if (transform != NULL)
        {
          if (reach != NULL)
            *reach = (CORE + length) * f.spacing;
          return transform;
        }
    }
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "what is to be held would have to lie up to %.1f px from where its surroundings go, "
               "and no way over is found", f.largest);
  return NULL;
}
