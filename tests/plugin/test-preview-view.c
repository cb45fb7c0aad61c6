/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/preview-view.h"

#include <math.h>

static PmtView
view_new (int area_width, int area_height, int width, int height)
{
  PmtView view = { 0 };

  pmt_view_init (&view, (PmtSize) { width, height });
  pmt_view_resize (&view, (PmtSize) { area_width, area_height });
  return view;
}

static void
assert_at (const PmtView *view, PmtPoint at, PmtPoint place)
{
  PmtPoint found = pmt_view_to_image (view, at);

  /* the picture's corner lies on a whole pixel of the screen */
  g_assert_cmpfloat_with_epsilon (found.x, place.x, 0.51 / view->scale);
  g_assert_cmpfloat_with_epsilon (found.y, place.y, 0.51 / view->scale);
}

static void
test_fit (void)
{
  PmtView view = view_new (600, 400, 6000, 2000);

  g_assert_true (view.fitted);
  g_assert_false (pmt_view_can_pan (&view));
  g_assert_cmpfloat (view.scale, ==, 0.1);
  g_assert_cmpfloat (pmt_view_origin (&view).y, ==, 100);
  pmt_view_resize (&view, (PmtSize) { 300, 400 });       /* what is fitted stays fitted */
  g_assert_cmpfloat (view.scale, ==, 0.05);
  g_assert_cmpint (pmt_view_level (&view), ==, 4);       /* 1/16 is as fine as 1/20, 1/32 is not */
}

/* The wheel: what is under the pointer stays there. */
static void
test_zoom_about (void)
{
  PmtView view = view_new (600, 400, 6000, 4000);
  PmtPoint at = { 450, 120 }, place = pmt_view_to_image (&view, at);

  for (int i = 0; i < 30; i++)
    {
      pmt_view_step (&view, 1, at);
      assert_at (&view, at, place);
    }
  g_assert_cmpfloat (view.scale, ==, PMT_VIEW_MOST);
  g_assert_true (pmt_view_can_pan (&view));
  for (int i = 0; i < 30; i++)
    pmt_view_step (&view, -1, at);
  g_assert_true (view.fitted);
  g_assert_cmpfloat (view.scale, ==, 0.1);
}

/* From any scale the steps come by 1 exactly, where pixels fall on pixels. */
static void
test_steps (void)
{
  PmtView view = view_new (613, 411, 6000, 4000);
  PmtPoint middle = { 306, 205 };
  double before = view.scale;
  gboolean by_one = FALSE;

  for (int i = 0; i < 20; i++, before = view.scale)
    {
      pmt_view_step (&view, 1, middle);
      by_one |= view.scale == 1;
      g_assert_cmpfloat (view.scale, >=, before);
      g_assert_cmpfloat (view.scale, <=, before * 1.4143);
      g_assert_cmpfloat (view.scale * exp2 (pmt_view_level (&view)), <=, 1 + 1e-12);
      g_assert_cmpfloat (view.scale * exp2 (pmt_view_level (&view)), >, 0.5);
    }
  g_assert_true (by_one);
}

static void
test_pan (void)
{
  PmtView view = view_new (600, 400, 6000, 4000);
  PmtRect seen;

  pmt_view_zoom (&view, 1, (PmtPoint) { 300, 200 });
  pmt_view_pan (&view, -37, 11);
  assert_at (&view, (PmtPoint) { 300, 200 }, (PmtPoint) { 3037, 1989 });
  pmt_view_pan (&view, 1e6, 1e6);        /* to the corner, no further */
  seen = pmt_view_visible (&view);
  g_assert_cmpint (seen.x, ==, 0);
  g_assert_cmpint (seen.y, ==, 0);
  g_assert_cmpint (seen.width, ==, 600);
  g_assert_cmpint (seen.height, ==, 400);
  pmt_view_pan (&view, -1e6, -1e6);
  seen = pmt_view_visible (&view);
  g_assert_cmpint (seen.x + seen.width, ==, 6000);
  g_assert_cmpint (seen.y + seen.height, ==, 4000);
}

static void
test_small (void)
{
  PmtView view = view_new (600, 400, 20, 10);

  g_assert_cmpfloat (view.scale, ==, 30);        /* as large as there is room, beyond the usual limit */
  pmt_view_zoom (&view, 1, (PmtPoint) { 0, 0 });
  g_assert_cmpfloat (view.scale, ==, 1);
  g_assert_cmpfloat (view.centre.x, ==, 10);
  g_assert_false (pmt_view_can_pan (&view));
  view = view_new (0, 0, 20, 10);                /* before there is a window */
  pmt_view_step (&view, 3, (PmtPoint) { 0, 0 });
  g_assert_true (isfinite (view.scale) && isfinite (view.centre.x));
}

/* What another view shows: the place comes to the middle, and a place of the area is where it came from. */
static void
test_look_at (void)
{
  PmtView view = view_new (600, 400, 6000, 4000);
  PmtPoint place = { 1234.5, 3210.25 }, at;

  pmt_view_look_at (&view, place, 3);
  assert_at (&view, (PmtPoint) { 300, 200 }, place);
  at = pmt_view_to_area (&view, place);
  assert_at (&view, at, place);
  g_assert_false (view.fitted);
  pmt_view_look_at (&view, place, 0.001);      /* no smaller than the whole */
  g_assert_cmpfloat (view.scale, ==, 0.1);
  pmt_view_look_at (&view, place, 1e6);
  g_assert_cmpfloat (view.scale, ==, PMT_VIEW_MOST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preview-view/fit", test_fit);
  g_test_add_func ("/preview-view/zoom-about", test_zoom_about);
  g_test_add_func ("/preview-view/steps", test_steps);
  g_test_add_func ("/preview-view/pan", test_pan);
  g_test_add_func ("/preview-view/small", test_small);
  g_test_add_func ("/preview-view/look-at", test_look_at);
  return g_test_run ();
}
