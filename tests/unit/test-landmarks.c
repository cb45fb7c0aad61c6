/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What landmarks are refused for, and what is no reason to. */
#include <math.h>

#include "base/error.h"
#include "register.h"

static const PmtSize fixed = { 400, 300 }, moving = { 200, 100 };

static void
assert_refused (int n, const PmtLandmark *landmarks, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (pmt_landmarks_check (n, landmarks, fixed, moving, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_good (void)
{
  const PmtLandmark good[] = { { { 0, 0 }, { 200, 100 }, 2 }, { { 400, 300 }, { 0, 0 }, 0.01 }, { { 10, 20 }, { 30, 40 }, 500 } };

  g_assert_true (pmt_landmarks_check (0, NULL, fixed, moving, NULL));
  g_assert_true (pmt_landmarks_check (G_N_ELEMENTS (good), good, fixed, moving, NULL));
}

static void
test_bad (void)
{
  static const struct { PmtLandmark landmark; const char *why; } bad[] =
  {
    { { { NAN, 20 }, { 30, 40 }, 2 }, "landmark 2 has a coordinate that is not a number" },
    { { { 50, 20 }, { 30, INFINITY }, 2 }, "not a number" },
    { { { 50, 20 }, { 30, 40 }, 0 }, "more than 0 px" },
    { { { 50, 20 }, { 30, 40 }, NAN }, "more than 0 px" },
    { { { 401, 20 }, { 30, 40 }, 2 }, "outside of the fixed image" },
    { { { 50, 20 }, { 30, 101 }, 2 }, "outside of the moving image" },
    { { { 10, 20 }, { 30, 40 }, 2 }, "landmarks 1 and 2 lie at the same place" },
    { { { 50, 20 }, { 3, 4 }, 2 }, "landmarks 1 and 2 lie at the same place" },
  };

  for (guint k = 0; k < G_N_ELEMENTS (bad); k++)
    {
      PmtLandmark both[] = { { { 10, 20 }, { 3, 4 }, 2 }, bad[k].landmark };

      assert_refused (2, both, bad[k].why);
    }
}

static void
test_too_many (void)
{
  g_autofree PmtLandmark *many = g_new0 (PmtLandmark, PMT_LANDMARKS_MOST + 1);

  for (int k = 0; k <= PMT_LANDMARKS_MOST; k++)
    many[k] = (PmtLandmark) { { 0.1 * k, 0.1 * k }, { 0.05 * k, 0.05 * k }, 2 };
  assert_refused (PMT_LANDMARKS_MOST + 1, many, "at most 1000");
  assert_refused (-1, many, "at most 1000");
  g_assert_true (pmt_landmarks_check (PMT_LANDMARKS_MOST, many, fixed, moving, NULL));
}

/* A source of noise, so that options are what is refused. */
static PmtSource *
noise (int width, int height)
{
  g_autoptr (GRand)  random = g_rand_new_with_seed (width);
  g_autofree float  *pixels = g_new (float, width * height);

  for (int k = 0; k < width * height; k++)
    pixels[k] = (float) g_rand_double (random);
  return pmt_source_memory_new (width, height, 1, -1, 1, pixels, width, NULL);
}

static void
test_options (void)
{
  g_autoptr (PmtSource) a = noise (64, 48), b = noise (60, 50);
  const PmtLandmark     outside = { { 65, 1 }, { 1, 1 }, 2 };
  struct { PmtRegisterOptions options; int code; } cases[] =
  {
    { { .model = PMT_MODEL_SMOOTH, .metric = PMT_METRIC_DD }, PMT_ERROR_UNSUPPORTED },
    { { .model = PMT_MODEL_AUTO, .rigid = a }, PMT_ERROR_BAD_INPUT },
    { { .model = PMT_MODEL_DEFORMABLE, .landmarks = &outside, .n_landmarks = 1 }, PMT_ERROR_BAD_INPUT },
  };

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (PmtRegistration) r = NULL;
      g_autoptr (GError)          error = NULL;

      r = pmt_register (NULL, a, b, &cases[k].options, &error);
      g_assert_null (r);
      g_assert_error (error, PMT_ERROR, cases[k].code);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/landmarks/good", test_good);
  g_test_add_func ("/landmarks/bad", test_bad);
  g_test_add_func ("/landmarks/too-many", test_too_many);
  g_test_add_func ("/landmarks/options", test_options);
  return g_test_run ();
}
