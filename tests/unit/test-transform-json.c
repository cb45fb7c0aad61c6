/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "transform/transform.h"

static const PmtMatrix3 A = { { { 1.1, 0.12, -35 }, { -0.07, 1 / 3.0, 21 }, { 1.3e-4, -6e-5, 1 } } };

#define HEAD "{\"format\":\"pentimento-transform\",\"version\":1,\"from\":\"fixed\",\"to\":\"moving\"," \
             "\"pixel-centre\":0.5,\"axes\":\"x right, y down\","
#define SIZES "\"fixed\":{\"width\":4,\"height\":3},\"moving\":{\"width\":5,\"height\":6},"

static void
test_round_trip (void)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 640, 480 }, (PmtSize) { 0, 0 });
  g_autoptr (PmtTransform) one = NULL, two = NULL, back = NULL;
  g_autofree char         *text = NULL, *again = NULL;
  g_autoptr (GError)       error = NULL;
  PmtProvenance            p;
  PmtMatrix3               m, n;

  pmt_provenance_init (&p);
  p.method = g_strdup ("a \"quoted\" \\ name\n\t\x01 é");
  p.error_p95 = 0.1;
  one = pmt_transform_append_matrix (empty, &A, (PmtSize) { 7, 8 }, &p, NULL);
  two = pmt_transform_append_matrix (one, &A, (PmtSize) { 0, 0 }, NULL, NULL);
  text = pmt_transform_to_json (two);
  back = pmt_transform_from_json (text, -1, &error);
  g_assert_no_error (error);
  again = pmt_transform_to_json (back);

  g_assert_cmpstr (text, ==, again);
  g_assert_cmpint (pmt_transform_get_length (back), ==, 2);
  g_assert_cmpint (pmt_transform_get_moving_size (back).height, ==, 8);
  g_assert_cmpstr (pmt_transform_get_provenance (back, 0)->method, ==, p.method);
  g_assert_cmpfloat (pmt_transform_get_provenance (back, 0)->error_p95, ==, 0.1);
  g_assert_true (isnan (pmt_transform_get_provenance (back, 0)->overlap));
  g_assert_null (pmt_transform_get_provenance (back, 1));
  g_assert_true (pmt_transform_get_matrix (two, &m) && pmt_transform_get_matrix (back, &n));
  g_assert_cmpmem (&m, sizeof m, &n, sizeof n);
  pmt_provenance_clear (&p);
}

static void
test_negative_zero (void)
{
  PmtMatrix3               plus = pmt_matrix3_identity, minus = pmt_matrix3_identity;
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 1, 1 }, (PmtSize) { 1, 1 });
  g_autoptr (PmtTransform) a = NULL, b = NULL;
  g_autofree char         *x = NULL, *y = NULL;

  minus.m[0][1] = -0.0;
  a = pmt_transform_append_matrix (empty, &plus, (PmtSize) { 0, 0 }, NULL, NULL);
  b = pmt_transform_append_matrix (empty, &minus, (PmtSize) { 0, 0 }, NULL, NULL);
  x = pmt_transform_to_json (a);
  y = pmt_transform_to_json (b);
  g_assert_cmpstr (x, ==, y);
}

/* Each text is refused, and the message holds what is given: mostly the place. */
static const struct { const char *text, *words; } hostile[] =
{
  { "", "text" },
  { "   \n", "text" },
  { "null", "object" },
  { "[]", "object" },
  { "{", "text" },
  { "{}", "format" },
  { "{\"format\":\"other\"}", "transform.format" },
  { "{\"format\":3}", "transform.format" },
  { "{\"format\":\"pentimento-transform\"}", "version" },
  { "{\"format\":\"pentimento-transform\",\"version\":2}", "transform.version" },
  { "{\"format\":\"pentimento-transform\",\"version\":1.5}", "transform.version" },
  { HEAD "\"fixed\":{},\"moving\":{},\"steps\":[]}", "transform.fixed" },
  { HEAD "\"fixed\":{\"width\":-1,\"height\":3},\"moving\":{},\"steps\":[]}", "transform.fixed.width" },
  { HEAD "\"fixed\":{\"width\":0,\"height\":3},\"moving\":{},\"steps\":[]}", "transform.fixed" },
  { HEAD "\"fixed\":{\"width\":4e9,\"height\":3},\"moving\":{},\"steps\":[]}", "transform.fixed.width" },
  { HEAD SIZES "\"steps\":{}}", "transform.steps" },
  { HEAD SIZES "\"steps\":[],\"extra\":1}", "extra" },
  { HEAD SIZES "\"steps\":[7]}", "steps[0]" },
  { HEAD SIZES "\"steps\":[{}]}", "kind" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"spline\"}]}", "spline" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\"}]}", "matrix" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[]}]}", "steps[0].matrix" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1],[0,0,1]]}]}", "steps[0].matrix[1]" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[\"a\",1,0],[0,0,1]]}]}",
    "steps[0].matrix[1][0]" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,true,0],[0,0,1]]}]}",
    "steps[0].matrix[1][1]" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1,0],[0,0,1e999]]}]}",
    "matrix[2][2]" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1,0],[0,0,NaN]]}]}", "text" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1,0],[0,0,0]]}]}", "singular" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1,0],[0,0,1]],\"more\":0}]}", "more" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1,0],[0,0,1]],"
    "\"provenance\":{\"method\":1}}]}", "steps[0].provenance.method" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1,0],[0,0,1]],"
    "\"provenance\":{\"overlap\":\"all\"}}]}", "steps[0].provenance.overlap" },
  { HEAD SIZES "\"steps\":[{\"kind\":\"projective\",\"matrix\":[[1,0,0],[0,1,0],[0,0,1]],\"provenance\":null}]}",
    "steps[0].provenance" },
  { HEAD SIZES "\"steps\":[]} trailing", "text" },
  { "{\"format\":\"\xff\xfe\"}", "UTF-8" },
  { "{\"format\":\"unterminated", "text" },
  { "{\"format\":\"pentimento-transform\\", "text" },
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
        g_error ("“%s” does not name “%s”", error->message, hostile[i].words);
    }
}

static void
test_every_prefix_fails (void)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 640, 480 }, (PmtSize) { 1, 1 });
  g_autoptr (PmtTransform) one = pmt_transform_append_matrix (empty, &A, (PmtSize) { 0, 0 }, NULL, NULL);
  g_autofree char         *text = pmt_transform_to_json (one);

  for (gsize n = 0; n + 2 < strlen (text); n++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pmt_transform_from_json (text, (gssize) n, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
    }
}

static void
refuse (const char *text, gsize length, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (pmt_transform_from_json (text, (gssize) length, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_floods (void)
{
  gsize            big = (64 << 20) + 1, many = 5000000;
  g_autofree char *text = g_malloc (big);

  memset (text, ' ', big);
  refuse (text, big, "67108865 bytes");
  memset (text, '[', many);
  refuse (text, many, "nested");
  for (gsize i = 0; i < many; i += 2)
    memcpy (text + i, i == 0 ? "[0" : ",0", 2);
  refuse (text, many, "values");
}

static void
test_too_many_steps (void)
{
  GString *text = g_string_new (HEAD SIZES "\"steps\":[0");

  for (int i = 0; i < 10000; i++)
    g_string_append (text, ",0");
  g_string_append (text, "]}");
  refuse (text->str, text->len, "10001");
  g_string_free (text, TRUE);
}

static void
test_files (void)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 640, 480 }, (PmtSize) { 1, 1 });
  g_autoptr (PmtTransform) back = NULL;
  g_autoptr (GError)       error = NULL;
  g_autofree char         *folder = g_dir_make_tmp ("pmt-XXXXXX", NULL);
  g_autofree char         *path = g_build_filename (folder, "t.json", NULL);
  const char *const        unreadable[] = { folder, "/nonexistent/t.json" };

  g_assert_true (pmt_transform_save (empty, path, &error));
  g_assert_no_error (error);
  back = pmt_transform_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pmt_transform_get_fixed_size (back).width, ==, 640);
  g_unlink (path);
  for (guint i = 0; i < G_N_ELEMENTS (unreadable); i++)
    {
      g_assert_null (pmt_transform_load (unreadable[i], &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
      g_clear_error (&error);
      g_assert_false (pmt_transform_save (empty, unreadable[i], &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
      g_clear_error (&error);
    }
  g_assert_null (pmt_transform_load ("/dev/zero", &error));   /* a file without an end */
  g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transform-json/round-trip", test_round_trip);
  g_test_add_func ("/transform-json/negative-zero", test_negative_zero);
  g_test_add_func ("/transform-json/hostile", test_hostile);
  g_test_add_func ("/transform-json/prefixes", test_every_prefix_fails);
  g_test_add_func ("/transform-json/floods", test_floods);
  g_test_add_func ("/transform-json/too-many-steps", test_too_many_steps);
  g_test_add_func ("/transform-json/files", test_files);
  return g_test_run ();
}
