/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "image/resample-private.h"
#include "transform/transform-private.h"

#define COLUMNS 9
#define ROWS    7

static const PmtSize FIXED = { 640, 480 }, MOVING = { 700, 500 };
static const PmtMatrix3 TILT = { { { 1.04, 0.06, 12 }, { -0.05, 0.97, 21 }, { 2e-5, -3e-5, 1 } } };

/* Displacements of up to `reach` px, the same for the same seed. */
static PmtTransform *
append_bend (const PmtTransform *before, double reach, guint32 seed)
{
  g_autoptr (GRand)  random = g_rand_new_with_seed (seed);
  PmtPoint           d[COLUMNS * ROWS];
  PmtLattice         lattice = { { -20, -15.5 }, { 90, 85.25 }, COLUMNS, ROWS, d };
  g_autoptr (GError) error = NULL;
  PmtTransform      *bent;

  for (int i = 0; i < COLUMNS * ROWS; i++)
    {
      d[i].x = g_rand_double_range (random, -reach, reach);
      d[i].y = g_rand_double_range (random, -reach, reach);
    }
  bent = pmt_transform_append_lattice (before, &lattice, MOVING, NULL, &error);
  g_assert_no_error (error);
  return bent;
}

static PmtTransform *
tilted_and_bent (double reach, guint32 seed)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);
  g_autoptr (PmtTransform) tilted = pmt_transform_append_matrix (empty, &TILT, MOVING, NULL, NULL);

  return append_bend (tilted, reach, seed);
}

/* B by its definition, slowly: the reference for the fast weights. */
static double
cubic_b_spline (double t)
{
  double a = fabs (t);

  return a >= 2 ? 0 : a >= 1 ? (2 - a) * (2 - a) * (2 - a) / 6 : 2.0 / 3 - a * a + a * a * a / 2;
}

static void
test_definition (void)
{
  g_autoptr (GRand)        random = g_rand_new_with_seed (5);
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, FIXED), bent = NULL;
  PmtPoint                 d[12];
  PmtLattice               lattice = { { 10, 20 }, { 50, 40 }, 4, 3, d };

  for (int i = 0; i < 12; i++)
    {
      d[i].x = g_rand_int_range (random, -6000, 6000) * 0.001;
      d[i].y = g_rand_int_range (random, -6000, 6000) * 0.001;
    }
  bent = pmt_transform_append_lattice (empty, &lattice, FIXED, NULL, NULL);
  for (int k = 0; k < 400; k++)
    {
      PmtPoint p = { g_rand_double_range (random, -300, 500), g_rand_double_range (random, -300, 400) }, q;
      double   x = p.x, y = p.y;

      for (int j = -20; j < 23; j++)
        for (int i = -20; i < 24; i++)
          {
            const PmtPoint *c = &d[CLAMP (j, 0, 2) * 4 + CLAMP (i, 0, 3)];
            double          w = cubic_b_spline ((p.x - 10) / 50 - i) * cubic_b_spline ((p.y - 20) / 40 - j);

            x += w * c->x;
            y += w * c->y;
          }
      pmt_transform_map (bent, 1, &p, &q);
      g_assert_cmpfloat_with_epsilon (q.x, x, 1e-9);
      g_assert_cmpfloat_with_epsilon (q.y, y, 1e-9);
    }
}

static void
test_jacobian (void)
{
  g_autoptr (PmtTransform) forward = tilted_and_bent (12, 1), backward = pmt_transform_invert (forward, NULL);
  const PmtTransform      *both[] = { forward, backward };
  double                   h = 1e-3;

  for (int i = 0; i < 40; i++)
    {
      PmtPoint p = { -100 + 23.1 * i, 640 - 19.3 * i };
      PmtPoint q[4] = { { p.x + h, p.y }, { p.x - h, p.y }, { p.x, p.y + h }, { p.x, p.y - h } };
      double   j[2][2];

      g_assert_true (pmt_transform_jacobian (both[i % 2], p, j));
      pmt_transform_map (both[i % 2], 4, q, q);
      g_assert_cmpfloat_with_epsilon (j[0][0], (q[0].x - q[1].x) / (2 * h), 1e-5);
      g_assert_cmpfloat_with_epsilon (j[1][0], (q[0].y - q[1].y) / (2 * h), 1e-5);
      g_assert_cmpfloat_with_epsilon (j[0][1], (q[2].x - q[3].x) / (2 * h), 1e-5);
      g_assert_cmpfloat_with_epsilon (j[1][1], (q[2].y - q[3].y) / (2 * h), 1e-5);
    }
}

/* There and back over the images and far beyond, in both orders, at bends up to where folds begin. */
static void
test_inverse (void)
{
  for (guint32 seed = 0; seed < 20; seed++)
    {
      g_autoptr (GError)       error = NULL;
      g_autoptr (PmtTransform) forward = tilted_and_bent (6 + seed, seed);
      g_autoptr (PmtTransform) backward = pmt_transform_invert (forward, &error);

      g_assert_no_error (error);
      for (int i = 0; i < 200; i++)
        {
          PmtPoint p = { -400 + 67.7 * (i % 20), -300 + 101.3 * (i / 20) }, q;

          pmt_transform_map (forward, 1, &p, &q);
          pmt_transform_map (backward, 1, &q, &q);
          g_assert_cmpfloat (hypot (q.x - p.x, q.y - p.y), <, 1e-7);
          pmt_transform_map (backward, 1, &p, &q);
          pmt_transform_map (forward, 1, &q, &q);
          g_assert_cmpfloat (hypot (q.x - p.x, q.y - p.y), <, 1e-7);
        }
    }
}

static void
test_not_a_number (void)
{
  g_autoptr (PmtTransform) forward = tilted_and_bent (12, 1), backward = pmt_transform_invert (forward, NULL);
  PmtPoint                 p[3] = { { NAN, 1 }, { INFINITY, 0 }, { 3, -INFINITY } }, q[3];

  pmt_transform_map (forward, 3, p, q);
  for (int i = 0; i < 3; i++)
    g_assert_true (isnan (q[i].x) && isnan (q[i].y));
  pmt_transform_map (backward, 3, p, q);
  for (int i = 0; i < 3; i++)
    g_assert_true (isnan (q[i].x) && isnan (q[i].y));
}

static void
test_round_trip_of_text (void)
{
  g_autoptr (PmtTransform) bent = tilted_and_bent (15, 3), twice = append_bend (bent, 4.5, 4);
  g_autoptr (PmtTransform) inverse = pmt_transform_invert (twice, NULL);
  const PmtTransform      *all[] = { bent, twice, inverse };

  for (int k = 0; k < 3; k++)
    {
      g_autofree char         *text = pmt_transform_to_json (all[k]), *again = NULL;
      g_autoptr (GError)       error = NULL;
      g_autoptr (PmtTransform) back = pmt_transform_from_json (text, -1, &error);

      g_assert_no_error (error);
      again = pmt_transform_to_json (back);
      g_assert_cmpstr (text, ==, again);
      for (int i = 0; i < 50; i++)
        {
          PmtPoint p = { 17.3 * i, 600 - 13.1 * i }, a, b;

          pmt_transform_map (all[k], 1, &p, &a);
          pmt_transform_map (back, 1, &p, &b);
          g_assert_cmpfloat (a.x, ==, b.x);
          g_assert_cmpfloat (a.y, ==, b.y);
        }
    }
}

/* The largest lattice with displacements of hundreds of px stays far below what a string property of an XCF may hold. */
static void
test_size_of_text (void)
{
  g_autofree PmtPoint     *d = g_new (PmtPoint, 65536);
  PmtLattice               lattice = { { 0, 0 }, { 400, 400 }, 256, 256, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, FIXED), bent = NULL;
  g_autofree char         *text = NULL;
  g_autoptr (GError)       error = NULL;

  for (int i = 0; i < 65536; i++)
    d[i] = (PmtPoint) { 900 + 99.987 * sin (i / 256 * 0.3), -900 + 99.987 * cos (i % 256 * 0.3) };
  bent = pmt_transform_append_lattice (empty, &lattice, FIXED, NULL, &error);
  g_assert_no_error (error);
  text = pmt_transform_to_json (bent);
  g_assert_cmpuint (strlen (text), <, 3 << 20);
}

static void
test_folds_are_refused (void)
{
  PmtPoint                 d[25] = { { 0, 0 } };
  PmtLattice               lattice = { { 0, 0 }, { 100, 100 }, 5, 5, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, FIXED), fine = NULL, folded = NULL;
  g_autoptr (GError)       error = NULL;

  d[12].x = 120;      /* one control's steepest slope is 4/9 of it a spacing, two thirds of a spacing beside it */
  fine = pmt_transform_append_lattice (empty, &lattice, FIXED, NULL, &error);
  g_assert_no_error (error);
  d[12].x = 400;
  folded = pmt_transform_append_lattice (empty, &lattice, FIXED, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_nonnull (strstr (error->message, "folds"));
  g_assert_nonnull (strstr (error->message, "(275.0, 200.0)"));
  g_assert_null (folded);
}

/* A fold in the strip beyond the lattice, where the outermost controls repeat, is found too. */
static void
test_folds_outside_are_refused (void)
{
  PmtPoint                 d[4] = { { 0, 200 }, { 0, 200 }, { 0, 0 }, { 0, 0 } };
  PmtLattice               lattice = { { 0, 0 }, { 100, 100 }, 2, 2, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, FIXED), folded = NULL;
  g_autoptr (GError)       error = NULL;

  folded = pmt_transform_append_lattice (empty, &lattice, FIXED, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_null (folded);
}

#define HEAD "{\"format\":\"pentimento-transform\",\"version\":1,\"from\":\"fixed\",\"to\":\"moving\",\"pixel-centre\":0.5," \
             "\"axes\":\"x right, y down\",\"fixed\":{\"width\":4,\"height\":3},\"moving\":{\"width\":5,\"height\":6}," \
             "\"steps\":[{\"kind\":\"lattice\","
#define TAIL "}]}"
#define FRAME "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[10,10],\"columns\":2,\"rows\":2,"

static const struct { const char *text, *words; } hostile[] =
{
  { HEAD "\"dx\":[]" TAIL, "direction" },
  { HEAD "\"direction\":\"up\"" TAIL, "steps[0].direction" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0]" TAIL, "steps[0].origin" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,\"a\"]" TAIL, "steps[0].origin" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,1e300],\"spacing\":[1,1],\"columns\":1,\"rows\":1" TAIL, "begins" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[0,1],\"columns\":1,\"rows\":1" TAIL, "spacing" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,-1],\"columns\":1,\"rows\":1" TAIL, "spacing" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":0,\"rows\":1" TAIL, "columns" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":1.5,\"rows\":1" TAIL, "columns" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":4096,\"rows\":4096" TAIL, "nodes" },
  { HEAD "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":1,\"rows\":4097" TAIL, "rows" },
  { HEAD FRAME "\"dx\":[[0,0]],\"dy\":[[0,0],[0,0]]" TAIL, "steps[0].dx" },
  { HEAD FRAME "\"dx\":[[0,0],[0]],\"dy\":[[0,0],[0,0]]" TAIL, "steps[0].dx[1]" },
  { HEAD FRAME "\"dx\":[[0,0],7],\"dy\":[[0,0],[0,0]]" TAIL, "steps[0].dx[1]" },
  { HEAD FRAME "\"dx\":[[0,0],[0,0]]" TAIL, "dy" },
  { HEAD FRAME "\"dx\":[[0,0],[0,0.5]],\"dy\":[[0,0],[0,0]]" TAIL, "steps[0].dx[1]" },
  { HEAD FRAME "\"dx\":[[0,0],[0,1e12]],\"dy\":[[0,0],[0,0]]" TAIL, "steps[0].dx[1]" },
  { HEAD FRAME "\"dx\":[[0,0],[0,null]],\"dy\":[[0,0],[0,0]]" TAIL, "steps[0].dx[1]" },
  { HEAD FRAME "\"dx\":[[0,90000],[0,0]],\"dy\":[[0,90000],[0,0]]" TAIL, "folds" },
  { HEAD FRAME "\"dx\":[[0,0],[0,0]],\"dy\":[[0,0],[0,0]],\"dz\":[]" TAIL, "dz" },
};

static void
test_hostile (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autoptr (GError)       error = NULL;
      g_autoptr (PmtTransform) t = pmt_transform_from_json (hostile[i].text, -1, &error);

      if (t != NULL)
        g_error ("accepted: %s", hostile[i].text);
      g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
      if (strstr (error->message, hostile[i].words) == NULL)
        g_error ("%s: “%s” is not in “%s”", hostile[i].text, hostile[i].words, error->message);
    }
}

/* No point of the moving image lies outside the bounds, and they are no more than a pixel too wide. */
static void
test_bounds (void)
{
  g_autoptr (PmtTransform) forward = tilted_and_bent (15, 8), backward = pmt_transform_invert (forward, NULL);
  PmtRect                  bounds;
  PmtExtent                seen = { INFINITY, INFINITY, -INFINITY, -INFINITY };
  g_autoptr (GError)       error = NULL;

  g_assert_true (pmt_transform_bounds (forward, NULL, &bounds, &error));
  for (int y = 0; y <= MOVING.height; y += 2)
    for (int x = 0; x <= MOVING.width; x += 2)
      {
        PmtPoint p = { x, y };

        pmt_transform_map (backward, 1, &p, &p);
        seen = (PmtExtent) { fmin (seen.x0, p.x), fmin (seen.y0, p.y), fmax (seen.x1, p.x), fmax (seen.y1, p.y) };
      }
  g_assert_cmpfloat (bounds.x, <=, seen.x0 + 0.02);
  g_assert_cmpfloat (bounds.y, <=, seen.y0 + 0.02);
  g_assert_cmpfloat (bounds.x + bounds.width, >=, seen.x1 - 0.02);
  g_assert_cmpfloat (bounds.y + bounds.height, >=, seen.y1 - 0.02);
  g_assert_cmpfloat (bounds.x, >, seen.x0 - 1.02);
  g_assert_cmpfloat (bounds.x + bounds.width, <, seen.x1 + 1.02);
}

/* A picture of its own coordinates. */
static PmtSource *
coordinates (PmtSize size)
{
  g_autofree float *pixels = g_new (float, 2 * size.width * size.height);

  for (int y = 0; y < size.height; y++)
    for (int x = 0; x < size.width; x++)
      {
        pixels[2 * (y * size.width + x)] = x + 0.5f;
        pixels[2 * (y * size.width + x) + 1] = y + 0.5f;
      }
  return pmt_source_memory_new (size.width, size.height, 2, -1, 1, pixels, 2 * size.width, NULL);
}

/* Where the resampler looks, against the chain's own word. */
static void
assert_looks_right (const PmtTransform *transform, double bend)
{
  PmtProjection projection;
  double        worst = 0;
  int           covered = 0;

  _pmt_projection_init (&projection, transform, MOVING, PMT_SAMPLER_CUBIC);
  for (int y = 0; y < 400; y++)
    for (int x = -7; x < 593; x += PMT_TILE)
      {
        PmtLookup row;

        _pmt_projection_tile (&projection, &(PmtRect) { x, y, PMT_TILE, 1 }, &row);
        for (int i = 0; i < PMT_TILE; i++)
          {
            PmtPoint p = { x + i + 0.5, y + 0.5 };

            pmt_transform_map (transform, 1, &p, &p);
            if (!row.covered[i])
              continue;
            covered++;
            worst = fmax (worst, hypot (row.iu[i] + 0.5 + row.fu[i] - p.x, row.iv[i] + 0.5 + row.fv[i] - p.y));
          }
      }
  g_assert_cmpint (covered, >, 120000);
  g_test_message ("displacements up to %g px: looked up within %.4f px", bend, worst);
  g_assert_cmpfloat (worst, <, 0.02);
}

static void
test_lookup (void)
{
  for (int i = 0; i < 6; i++)
    {
      double                   bend[] = { 0.2, 3, 8, 14, 20, 24 };
      g_autoptr (PmtTransform) forward = tilted_and_bent (bend[i], 30 + i);
      g_autoptr (PmtTransform) backward = pmt_transform_invert (forward, NULL);

      assert_looks_right (forward, bend[i]);
      assert_looks_right (backward, bend[i]);
    }
}

/* Any part of the output is the same as cut from the whole. */
static void
test_resample_in_parts (void)
{
  g_autoptr (PmtTransform) bent = tilted_and_bent (14, 2);
  g_autoptr (PmtSource)    source = coordinates (MOVING);
  PmtRect                  whole = { -50, -50, 300, 200 }, part = { 13, 17, 101, 67 };
  g_autofree float        *all = g_new (float, 2 * whole.width * whole.height);
  g_autofree float        *some = g_new (float, 2 * part.width * part.height);

  g_assert_true (pmt_resample (NULL, source, bent, PMT_SAMPLER_CUBIC, &whole, 0, all, 2 * whole.width, NULL, NULL));
  g_assert_true (pmt_resample (NULL, source, bent, PMT_SAMPLER_CUBIC, &part, 0, some, 2 * part.width, NULL, NULL));
  for (int y = 0; y < part.height; y++)
    g_assert_cmpmem (some + 2 * y * part.width, 2 * part.width * sizeof (float),
                     all + 2 * ((y + part.y - whole.y) * whole.width + part.x - whole.x), 2 * part.width * sizeof (float));
}

/* The region holds where every pixel looks, and is not the whole image. */
static void
test_source_region (void)
{
  g_autoptr (PmtTransform) forward = tilted_and_bent (14, 2), backward = pmt_transform_invert (forward, NULL);
  const PmtTransform      *both[] = { forward, backward };
  PmtRect                  out = { 200, 150, 80, 60 };

  for (int k = 0; k < 2; k++)
    {
      PmtRect region = pmt_resample_source_region (both[k], MOVING, PMT_SAMPLER_CUBIC, &out);

      g_assert_cmpint (region.width * region.height, <, MOVING.width * MOVING.height / 6);
      for (int y = 0; y < out.height; y++)
        for (int x = 0; x < out.width; x++)
          {
            PmtPoint p = { out.x + x + 0.5, out.y + y + 0.5 };

            pmt_transform_map (both[k], 1, &p, &p);
            g_assert_true (p.x > region.x + 2 && p.y > region.y + 2 && p.x < region.x + region.width - 2
                           && p.y < region.y + region.height - 2);
          }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-lattice/definition", test_definition);
  g_test_add_func ("/step-lattice/jacobian", test_jacobian);
  g_test_add_func ("/step-lattice/inverse", test_inverse);
  g_test_add_func ("/step-lattice/not-a-number", test_not_a_number);
  g_test_add_func ("/step-lattice/text", test_round_trip_of_text);
  g_test_add_func ("/step-lattice/size-of-text", test_size_of_text);
  g_test_add_func ("/step-lattice/folds", test_folds_are_refused);
  g_test_add_func ("/step-lattice/folds-outside", test_folds_outside_are_refused);
  g_test_add_func ("/step-lattice/hostile", test_hostile);
  g_test_add_func ("/step-lattice/bounds", test_bounds);
  g_test_add_func ("/step-lattice/lookup", test_lookup);
  g_test_add_func ("/step-lattice/resample-in-parts", test_resample_in_parts);
  g_test_add_func ("/step-lattice/source-region", test_source_region);
  return g_test_run ();
}
