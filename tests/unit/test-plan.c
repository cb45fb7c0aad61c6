/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans of steps, their rules, and pairs' registrations that travel from one process to another. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "group/group.h"
#include "group/plan.h"

static PmtPlan *
example (const char *input)
{
  char    *arguments[] = { (char *) "whole.tif", (char *) "-o", (char *) "ü \"x\".tif", NULL }, *inputs[] = { (char *) input, NULL };
  PmtPlan *plan = pmt_plan_new ("/data", arguments, inputs);
  int      choose = pmt_plan_add (plan, "choose-1", 1, -1), all = pmt_plan_add (plan, "register-1", 10000, choose);

  pmt_plan_add (plan, "solve", 1, all);
  return plan;
}

static void
test_json (void)
{
  g_autoptr (PmtPlan) plan = example ("whole.tif"), again = NULL;
  g_autofree char    *json = pmt_plan_to_json (plan), *twice = NULL;
  g_autoptr (GError)  error = NULL;

  g_assert_cmpuint (strlen (json), <, 2000);         /* ten thousand steps are a number */
  again = pmt_plan_from_json (json, -1, &error);
  g_assert_no_error (error);
  twice = pmt_plan_to_json (again);
  g_assert_cmpstr (json, ==, twice);
  g_assert_cmpint (pmt_plan_steps (again), ==, 10002);
  g_assert_cmpint (pmt_plan_stage_of (again, 0), ==, 0);
  g_assert_cmpint (pmt_plan_stage_of (again, 10000), ==, 1);
  g_assert_cmpint (pmt_plan_stage_of (again, 10001), ==, 2);
  g_assert_cmpint (pmt_plan_stage_of (again, 10002), ==, -1);
}

static void
test_bad_json (void)
{
  static const char *const bad[] = {
    "", "[]", "{}", "{\"format\":\"pentimento-plan\"}",
    "{\"format\":\"pentimento-plan\",\"folder\":\"/\",\"arguments\":[1],\"inputs\":[],\"stages\":[]}",
    "{\"format\":\"pentimento-plan\",\"folder\":\"/\",\"arguments\":[],\"inputs\":[],\"stages\":[1]}",
    "{\"format\":\"pentimento-plan\",\"folder\":\"/\",\"arguments\":[],\"inputs\":[],"
    "\"stages\":[{\"name\":\"../x\",\"first-step\":0,\"steps\":1}]}",
    "{\"format\":\"pentimento-plan\",\"folder\":\"/\",\"arguments\":[],\"inputs\":[],"
    "\"stages\":[{\"name\":\"x\",\"first-step\":1,\"steps\":1}]}",
    "{\"format\":\"pentimento-plan\",\"folder\":\"/\",\"arguments\":[],\"inputs\":[],"
    "\"stages\":[{\"name\":\"x\",\"first-step\":0,\"steps\":1,\"after-all-of\":\"x\"}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError)  error = NULL;
      g_autoptr (PmtPlan) plan = pmt_plan_from_json (bad[i], -1, &error);

      g_assert_null (plan);
      g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
    }
}

static void
test_rules (void)
{
  g_autoptr (PmtPlan) plan = example ("whole.tif"), odd = example ("a b.tif");

  g_assert_cmpint (pmt_rules_of_path ("x/Snakefile"), ==, PMT_RULES_SNAKEMAKE);
  g_assert_cmpint (pmt_rules_of_path ("x/a.ninja"), ==, PMT_RULES_NINJA);
  g_assert_cmpint (pmt_rules_of_path ("Makefile"), ==, PMT_RULES_MAKE);
  for (int rules = PMT_RULES_MAKE; rules <= PMT_RULES_SNAKEMAKE; rules++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char   *text = pmt_plan_to_rules (plan, "/data/plan.json", rules, &error), *none = NULL;

      g_assert_no_error (error);
      g_assert_nonnull (strstr (text, "/data/plan.work"));
      g_assert_nonnull (strstr (text, "/data/whole.tif"));
      none = pmt_plan_to_rules (odd, "/data/plan.json", rules, &error);
      g_assert_null (none);
      g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
    }
}

/* -- pairs -- */

static PmtRegistration *
registration_with (const PmtErrorModel *errors)
{
  PmtRegistration         *r = g_new0 (PmtRegistration, 1);
  PmtSize                  size = { 400, 300 };
  const PmtMatrix3         m = { { { 1.0 / 3, 0.1, 7.7 }, { -0.1, 1.0 / 7, -3 }, { 1e-5 / 3, 0, 1 } } };
  g_autoptr (PmtTransform) identity = pmt_transform_new (size, size);

  r->transform = pmt_transform_append_matrix (identity, &m, size, NULL, NULL);
  r->verdict = PMT_VERDICT_UNCERTAIN;
  r->model = PMT_MODEL_HOMOGRAPHY;
  r->modality = PMT_MODALITY_DIFFERENT;
  r->reasons = g_ptr_array_new ();
  r->timings = g_array_new (FALSE, FALSE, sizeof (PmtTiming));
  r->error_median = 1.0 / 3;
  r->error_p90 = r->error_p95 = 2.0 / 3;
  r->overlap = 0.1;
  r->within_pixel = r->stiffness = NAN;
  r->terms = (PmtTermsOutcome) { 0, NAN, NAN, NAN, NAN };
  r->errors = *errors;
  return r;
}

static void
check_pair (const PmtErrorModel *errors)
{
  g_autoptr (PmtRegistration) r = registration_with (errors), back = NULL;
  g_autofree char            *json = pmt_group_pair_to_json (r, NULL), *was = NULL, *is = NULL;
  g_autoptr (GError)          error = NULL;

  back = pmt_group_pair_from_json (json, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (back->verdict, ==, r->verdict);
  g_assert_cmpint (back->model, ==, r->model);
  g_assert_cmpfloat (back->error_median, ==, r->error_median);
  g_assert_cmpfloat (back->error_p95, ==, r->error_p95);
  g_assert_cmpfloat (back->overlap, ==, r->overlap);
  was = pmt_transform_to_json (r->transform);
  is = pmt_transform_to_json (back->transform);
  g_assert_cmpstr (was, ==, is);
  g_assert_cmpmem (&back->errors.matrix, sizeof (PmtMatrix3), &errors->matrix, sizeof (PmtMatrix3));
  g_assert_cmpmem (back->errors.covariance, sizeof errors->covariance, errors->covariance, sizeof errors->covariance);
  g_assert_cmpint (back->errors.size, ==, errors->size);
  g_assert_cmpfloat (back->errors.floor, ==, errors->floor);
  g_assert_true (isnan (back->errors.common));
  g_assert_cmpint (back->errors.bent, ==, errors->bent);
  g_assert_cmpmem (back->errors.bend, sizeof errors->bend, errors->bend, sizeof errors->bend);
}

static void
test_pair (void)
{
  PmtErrorModel e = { .matrix = pmt_matrix3_identity, .moving = { 400, 300 }, .size = 8, .floor = 0.1, .common = NAN };

  e.matrix.m[0][2] = 1.0 / 3;
  for (int i = 0; i < 64; i++)
    e.covariance[i] = sin (i + 1) / 3;
  check_pair (&e);
  e.bent = TRUE;
  e.to = (PmtPoint) { 400, 300 };
  for (int i = 0; i < PMT_ERROR_PLACES * PMT_ERROR_PLACES; i++)
    for (int k = 0; k < 3; k++)
      e.bend[i][k] = (float) cos (i + k);
  check_pair (&e);
}

static void
test_bad_pair (void)
{
  static const char *const bad[] = { "", "1", "{}", "{\"format\":\"pentimento-pair\"}",
                                     "{\"format\":\"pentimento-pair\",\"report\":\"{}\",\"errors\":{}}" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError)          error = NULL;
      g_autoptr (PmtRegistration) r = pmt_group_pair_from_json (bad[i], -1, &error);

      g_assert_null (r);
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/json", test_json);
  g_test_add_func ("/plan/bad-json", test_bad_json);
  g_test_add_func ("/plan/rules", test_rules);
  g_test_add_func ("/plan/pair", test_pair);
  g_test_add_func ("/plan/bad-pair", test_bad_pair);
  return g_test_run ();
}
