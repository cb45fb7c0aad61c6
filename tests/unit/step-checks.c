/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "step-checks.h"

#include <math.h>
#include <string.h>

#include "image/resample-private.h"
#include "image/resample.h"

#define SIDE 13   /* places a side of a check's grid */

static PmtPoint
place (PmtExtent box, int k)
{
  double u = (k % SIDE + 0.37) / SIDE, v = (k / SIDE + 0.61) / SIDE;

  return (PmtPoint) { box.x0 + (box.x1 - box.x0) * u, box.y0 + (box.y1 - box.y0) * v };
}

static PmtTransform *
inverse_of (const PmtTransform *chain)
{
  g_autoptr (GError) error = NULL;
  PmtTransform      *inverse = pmt_transform_invert (chain, &error);

  g_assert_no_error (error);
  return inverse;
}

void
check_jacobian (const PmtTransform *chain, PmtExtent box)
{
  g_autoptr (PmtTransform) inverse = inverse_of (chain);
  const double             h = 1e-3;

  for (int k = 0; k < SIDE * SIDE; k++)
    for (int back = 0; back < 2; back++)
      {
        const PmtTransform *t = back ? inverse : chain;
        PmtPoint            p = place (box, k), q[4];
        double              j[2][2], scale;

        if (back)
          pmt_transform_map (chain, 1, &p, &p);
        memcpy (q, (PmtPoint[4]) { { p.x + h, p.y }, { p.x - h, p.y }, { p.x, p.y + h }, { p.x, p.y - h } }, sizeof q);
        g_assert_true (pmt_transform_jacobian (t, p, j));
        pmt_transform_map (t, 4, q, q);
        scale = 1e-5 * (1 + hypot (hypot (j[0][0], j[0][1]), hypot (j[1][0], j[1][1])));
        g_assert_cmpfloat_with_epsilon (j[0][0], (q[0].x - q[1].x) / (2 * h), scale);
        g_assert_cmpfloat_with_epsilon (j[1][0], (q[0].y - q[1].y) / (2 * h), scale);
        g_assert_cmpfloat_with_epsilon (j[0][1], (q[2].x - q[3].x) / (2 * h), scale);
        g_assert_cmpfloat_with_epsilon (j[1][1], (q[2].y - q[3].y) / (2 * h), scale);
      }
}

double
check_inverse (const PmtTransform *chain, PmtExtent box, double tolerance)
{
  g_autoptr (PmtTransform) inverse = inverse_of (chain);
  const PmtTransform      *order[2][2] = { { chain, inverse }, { inverse, chain } };
  double                   worst = 0;

  for (int k = 0; k < SIDE * SIDE; k++)
    for (int o = 0; o < 2; o++)
      {
        PmtPoint p = place (box, k), q;

        if (o == 1)
          pmt_transform_map (chain, 1, &p, &p);
        pmt_transform_map (order[o][0], 1, &p, &q);
        pmt_transform_map (order[o][1], 1, &q, &q);
        g_assert_cmpfloat (hypot (q.x - p.x, q.y - p.y), <, tolerance);
        worst = fmax (worst, hypot (q.x - p.x, q.y - p.y));
      }
  return worst;
}

void
check_no_number (const PmtTransform *chain)
{
  g_autoptr (PmtTransform) inverse = inverse_of (chain);
  const PmtTransform      *both[2] = { chain, inverse };
  const PmtPoint           p[4] = { { NAN, 1 }, { INFINITY, 0 }, { 3, -INFINITY }, { NAN, NAN } };
  PmtPoint                 q[4];

  for (int k = 0; k < 2; k++)
    {
      pmt_transform_map (both[k], 4, p, q);
      for (int i = 0; i < 4; i++)
        g_assert_true (isnan (q[i].x) && isnan (q[i].y));
    }
}

void
check_text (const PmtTransform *chain, PmtExtent box)
{
  g_autoptr (PmtTransform) inverse = inverse_of (chain);
  const PmtTransform      *both[2] = { chain, inverse };

  for (int b = 0; b < 2; b++)
    {
      g_autofree char         *text = pmt_transform_to_json (both[b]), *again = NULL;
      g_autoptr (GError)       error = NULL;
      g_autoptr (PmtTransform) back = pmt_transform_from_json (text, -1, &error);

      g_assert_no_error (error);
      again = pmt_transform_to_json (back);
      g_assert_cmpstr (text, ==, again);
      for (int k = 0; k < SIDE * SIDE; k++)
        {
          PmtPoint p = place (box, k), q, r;

          pmt_transform_map (both[b], 1, &p, &q);
          pmt_transform_map (back, 1, &p, &r);
          g_assert_cmpmem (&q, sizeof q, &r, sizeof r);
        }
    }
}

void
check_bounds (const PmtTransform *chain, PmtSize moving)
{
  g_autoptr (PmtTransform) inverse = inverse_of (chain);
  PmtExtent                seen = { INFINITY, INFINITY, -INFINITY, -INFINITY };
  PmtRect                  bounds;
  g_autoptr (GError)       error = NULL;

  g_assert_true (pmt_transform_bounds (chain, NULL, &bounds, &error));
  for (int y = 0; y <= moving.height; y += 4)
    for (int x = 0; x <= moving.width; x += 4)
      {
        PmtPoint p = { x, y };

        pmt_transform_map (inverse, 1, &p, &p);
        seen = (PmtExtent) { fmin (seen.x0, p.x), fmin (seen.y0, p.y), fmax (seen.x1, p.x), fmax (seen.y1, p.y) };
      }
  g_assert_cmpfloat (bounds.x, <=, seen.x0 + 0.02);
  g_assert_cmpfloat (bounds.y, <=, seen.y0 + 0.02);
  g_assert_cmpfloat (bounds.x + bounds.width, >=, seen.x1 - 0.02);
  g_assert_cmpfloat (bounds.y + bounds.height, >=, seen.y1 - 0.02);
  g_assert_cmpfloat (bounds.x, >, seen.x0 - 1.1);
  g_assert_cmpfloat (bounds.x + bounds.width, <, seen.x1 + 1.1);
}

static void
check_rows (const PmtTransform *chain, PmtSize fixed, PmtSize moving)
{
  PmtProjection projection;
  double        worst = 0;
  int           covered = 0;

  _pmt_projection_init (&projection, chain, moving, PMT_SAMPLER_CUBIC);
  for (int y = 0; y < fixed.height; y += 3)
    for (int x = 0; x < fixed.width; x += PMT_TILE)
      {
        PmtLookup row;

        _pmt_projection_tile (&projection, &(PmtRect) { x, y, PMT_TILE, 1 }, &row);
        for (int i = 0; i < PMT_TILE; i++)
          {
            PmtPoint p = { x + i + 0.5, y + 0.5 };

            pmt_transform_map (chain, 1, &p, &p);
            covered += row.covered[i];
            if (row.covered[i])
              worst = fmax (worst, hypot (row.iu[i] + 0.5 + row.fu[i] - p.x, row.iv[i] + 0.5 + row.fv[i] - p.y));
          }
      }
  g_assert_cmpint (covered, >, fixed.width * fixed.height / 10);
  g_assert_cmpfloat (worst, <, 0.02);
}

static void
check_region (const PmtTransform *chain, PmtSize fixed, PmtSize moving)
{
  PmtRect out = { fixed.width / 3, fixed.height / 3, fixed.width / 9, fixed.height / 9 };
  PmtRect region = pmt_resample_source_region (chain, moving, PMT_SAMPLER_CUBIC, &out);

  g_assert_cmpint (region.width * region.height, <, moving.width * moving.height);
  for (int y = 0; y < out.height; y++)
    for (int x = 0; x < out.width; x++)
      {
        PmtPoint p = { out.x + x + 0.5, out.y + y + 0.5 };

        pmt_transform_map (chain, 1, &p, &p);
        g_assert_true (p.x > region.x + 2 && p.y > region.y + 2 && p.x < region.x + region.width - 2
                       && p.y < region.y + region.height - 2);
      }
}

void
check_lookup (const PmtTransform *chain, PmtSize fixed, PmtSize moving)
{
  g_autoptr (PmtTransform) inverse = inverse_of (chain);

  check_rows (chain, fixed, moving);
  check_rows (inverse, moving, fixed);
  check_region (chain, fixed, moving);
  check_region (inverse, moving, fixed);
}

/* One change: a byte replaced, a stretch removed or doubled; mostly at the digits and letters that carry meaning. */
static char *
mutate (const char *text, GRand *random)
{
  static const char letters[] = "0123456789-.eE,:\"[]{}ABCxyz+/= ";
  g_autoptr (GString) to = g_string_new (text);
  int                 at = g_rand_int_range (random, 0, (gint32) to->len), n = g_rand_int_range (random, 1, 9);

  n = MIN (n, (int) to->len - at);
  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      g_string_erase (to, at, n);
      break;
    case 1:
      {
        g_autofree char *piece = g_strndup (text + at, n);

        g_string_insert (to, at, piece);
        break;
      }
    default:
      to->str[at] = letters[g_rand_int_range (random, 0, sizeof letters - 1)];
    }
  return g_string_free (g_steal_pointer (&to), FALSE);
}

int
check_mutations (const PmtTransform *chain, PmtExtent box, guint32 seed, int rounds)
{
  g_autofree char   *text = pmt_transform_to_json (chain);
  g_autoptr (GRand)  random = g_rand_new_with_seed (seed);
  int                refused = 0;

  for (int i = 0; i < rounds; i++)
    {
      g_autofree char         *other = mutate (text, random), *again = NULL, *twice = NULL;
      g_autoptr (GError)       error = NULL;
      g_autoptr (PmtTransform) read = pmt_transform_from_json (other, -1, &error), back = NULL;
      PmtPoint                 q, p = place (box, i % (SIDE * SIDE));

      if (read == NULL)
        {
          g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
          refused++;
          continue;
        }
      pmt_transform_map (read, 1, &p, &q);
      g_assert_true (isnan (q.x) == isnan (q.y));
      again = pmt_transform_to_json (read);
      back = pmt_transform_from_json (again, -1, &error);
      g_assert_no_error (error);
      twice = pmt_transform_to_json (back);
      g_assert_cmpstr (again, ==, twice);
    }
  return refused;
}

void
check_hostile (int n, const HostileText *texts)
{
  for (int i = 0; i < n; i++)
    {
      g_autoptr (GError)       error = NULL;
      g_autoptr (PmtTransform) t = pmt_transform_from_json (texts[i].text, -1, &error);

      if (t != NULL)
        g_error ("accepted: %s", texts[i].text);
      g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
      if (strstr (error->message, texts[i].words) == NULL)
        g_error ("%s: “%s” is not in “%s”", texts[i].text, texts[i].words, error->message);
    }
}
