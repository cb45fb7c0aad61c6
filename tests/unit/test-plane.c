/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "base/plane.h"

static void
test_shape (void)
{
  static const struct { int width, height; } sizes[] = { { 1, 1 }, { 7, 3 }, { 16, 16 }, { 17, 2 }, { 1, 5000 }, { 5000, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (PmtPlane) plane = pmt_plane_new (sizes[i].width, sizes[i].height, NULL);

      g_assert_nonnull (plane);
      g_assert_cmpint (plane->width, ==, sizes[i].width);
      g_assert_cmpint (plane->height, ==, sizes[i].height);
      g_assert_cmpuint (plane->stride, >=, (gsize) plane->width);
      g_assert_cmpuint (GPOINTER_TO_SIZE (plane->data) % 64, ==, 0);
      for (int y = 0; y < plane->height; y++)
        {
          g_assert_true (pmt_plane_row (plane, y) == plane->data + y * plane->stride);
          for (int x = 0; x < plane->width; x++)
            g_assert_cmpfloat (pmt_plane_row (plane, y)[x], ==, 0);
        }
    }
}

static void
test_copy_is_its_own (void)
{
  g_autoptr (PmtPlane) plane = pmt_plane_new (5, 3, NULL), copy = NULL;

  for (int i = 0; i < 15; i++)
    pmt_plane_row (plane, i / 5)[i % 5] = (float) i;
  copy = pmt_plane_copy (plane, NULL);
  pmt_plane_row (plane, 1)[1] = 99;
  for (int i = 0; i < 15; i++)
    g_assert_cmpfloat (pmt_plane_row (copy, i / 5)[i % 5], ==, i);
}

static void
test_refused (void)
{
  static const struct { int width, height, code; } bad[] = {
    { 0, 5, PMT_ERROR_BAD_INPUT }, { 5, 0, PMT_ERROR_BAD_INPUT }, { -1, 5, PMT_ERROR_BAD_INPUT },
    { G_MAXINT, G_MAXINT, PMT_ERROR_MEMORY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      GError *error = NULL;

      g_assert_null (pmt_plane_new (bad[i].width, bad[i].height, &error));
      g_assert_error (error, PMT_ERROR, bad[i].code);
      g_clear_error (&error);
    }
}

static void
test_buffer_overflow (void)
{
  GError *error = NULL;

  g_assert_null (pmt_buffer_new (G_MAXSIZE / 2, 4, &error));   /* the product wraps */
  g_assert_error (error, PMT_ERROR, PMT_ERROR_MEMORY);
  g_clear_error (&error);
  g_assert_null (pmt_buffer_new (G_MAXSIZE - 10, 1, &error));  /* rounding up would wrap */
  g_assert_error (error, PMT_ERROR, PMT_ERROR_MEMORY);
  g_clear_error (&error);
  pmt_buffer_free (pmt_buffer_new (0, 4, NULL));               /* nothing is a valid amount */
  pmt_buffer_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plane/shape", test_shape);
  g_test_add_func ("/plane/copy-is-its-own", test_copy_is_its_own);
  g_test_add_func ("/plane/refused", test_refused);
  g_test_add_func ("/plane/buffer-overflow", test_buffer_overflow);
  return g_test_run ();
}
