/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/preview-tiles.h"

#include <string.h>

#define SIDE 700      /* three tiles and a piece */

/* A source that counts what is read of it, and can be made to wait. */
typedef struct
{
  gint  pixels;
  GMutex gate;
} Counted;

static float
value_at (int x, int y)
{
  return (float) ((x ^ y) & 255);
}

static gboolean
counted_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  Counted *counted = self;

  g_mutex_lock (&counted->gate);
  g_mutex_unlock (&counted->gate);
  g_atomic_int_add (&counted->pixels, rect->width * rect->height);
  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < rect->width; x++)
      dest[y * stride + x] = value_at (rect->x + x, rect->y + y);
  return TRUE;
}

static void
counted_free (gpointer self)
{
}

typedef struct
{
  Counted     counted;
  PmtOverlay *overlay;
  PmtTiles   *tiles;
  int         arrivals;
} Fixture;

static void
arrived (gpointer data)
{
  ((Fixture *) data)->arrivals++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const PmtSourceClass klass = { counted_read, counted_free };
  PmtSize size = { SIDE, SIDE };
  g_autoptr (PmtTransform) none = pmt_transform_new (size, size), shift = NULL;
  PmtMatrix3 matrix = pmt_matrix3_translation (5, 3);
  g_autoptr (PmtSource) source = NULL;
  g_autoptr (GError) error = NULL;

  g_mutex_init (&fixture->counted.gate);
  source = pmt_source_new (SIDE, SIDE, 1, -1, 1, &klass, &fixture->counted, &error);
  shift = pmt_transform_append_matrix (none, &matrix, size, NULL, &error);
  fixture->overlay = pmt_overlay_new (NULL, source, source, none, shift, 100, &error);
  g_assert_no_error (error);
  /* as they are, not spread by the shares of an overview */
  fixture->overlay->fixed_tones = fixture->overlay->moving_tones = (PmtTones) { 0, 255 };
  fixture->tiles = pmt_tiles_new (arrived, fixture);
  fixture->counted.pixels = 0;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  pmt_tiles_free (fixture->tiles);
  pmt_overlay_unref (fixture->overlay);
  g_mutex_clear (&fixture->counted.gate);
}

static const guint8 *
wait_for (Fixture *fixture, const PmtTile *tile)
{
  gint64 limit = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  while (pmt_tiles_get (fixture->tiles, tile) == NULL && g_get_monotonic_time () < limit)
    g_main_context_iteration (NULL, FALSE);
  return pmt_tiles_get (fixture->tiles, tile);
}

/* Pixels of a tile are the image's, at every level; only what they show is read. */
static void
test_pixels (Fixture *fixture, gconstpointer data)
{
  PmtTile fixed = { fixture->overlay, PMT_SIDE_FIXED, 0, 1, 2 }, after = fixed, large = fixed;
  const guint8 *pixels;
  PmtRect rect = pmt_tile_rect (&fixed);

  g_assert_cmpint (rect.y, ==, 512);
  g_assert_cmpint (rect.height, ==, SIDE - 512);
  pmt_tiles_want (fixture->tiles, &fixed, 1);
  pixels = wait_for (fixture, &fixed);
  g_assert_nonnull (pixels);
  for (int y = 0; y < rect.height; y++)
    for (int x = 0; x < rect.width; x++)
      g_assert_cmpint (pixels[4 * (y * rect.width + x)], ==, value_at (rect.x + x, rect.y + y));
  g_assert_cmpint (fixture->counted.pixels, <=, 2 * rect.width * rect.height);      /* of 490,000 */
  g_assert_cmpint (fixture->arrivals, ==, 1);

  after.side = PMT_SIDE_AFTER;
  pmt_tiles_want (fixture->tiles, &after, 1);
  pixels = wait_for (fixture, &after);
  g_assert_nonnull (pixels);
  g_assert_cmpint (pixels[4 * (10 * rect.width + 10)], ==, value_at (rect.x + 10 + 5, rect.y + 10 + 3));

  large = (PmtTile) { fixture->overlay, PMT_SIDE_FIXED, -2, 9, 8 };       /* a pixel is 4 × 4 */
  pmt_tiles_want (fixture->tiles, &large, 1);
  pixels = wait_for (fixture, &large);
  g_assert_nonnull (pixels);
  for (int y = 0; y < PMT_TILE_SIDE; y++)
    for (int x = 0; x < PMT_TILE_SIDE; x++)
      g_assert_cmpint (pixels[4 * (y * PMT_TILE_SIDE + x)], ==,
                       value_at ((9 * PMT_TILE_SIDE + x) / 4, (8 * PMT_TILE_SIDE + y) / 4));
}

/* What is not wanted any more is not drawn; what was drawn once is not drawn again. */
static void
test_stale (Fixture *fixture, gconstpointer data)
{
  PmtTile many[9], last = { fixture->overlay, PMT_SIDE_FIXED, 0, 2, 2 };
  int read;

  for (int i = 0; i < 9; i++)
    many[i] = (PmtTile) { fixture->overlay, PMT_SIDE_FIXED, 0, i % 3, i / 3 };
  g_mutex_lock (&fixture->counted.gate);      /* the first one waits for its pixels */
  pmt_tiles_want (fixture->tiles, many, 8);
  g_usleep (50000);
  pmt_tiles_want (fixture->tiles, &last, 1);
  g_mutex_unlock (&fixture->counted.gate);
  g_assert_nonnull (wait_for (fixture, &last));
  for (int i = 1; i < 8; i++)
    g_assert_null (pmt_tiles_get (fixture->tiles, &many[i]));
  read = g_atomic_int_get (&fixture->counted.pixels);
  g_assert_cmpint (read, <=, 3 * PMT_TILE_SIDE * PMT_TILE_SIDE);
  pmt_tiles_want (fixture->tiles, &last, 1);
  g_usleep (20000);
  g_assert_cmpint (g_atomic_int_get (&fixture->counted.pixels), ==, read);
  /* one that was given up comes when it is wanted again */
  pmt_tiles_want (fixture->tiles, many, 1);
  g_assert_nonnull (wait_for (fixture, many));
}

/* Leaving while much is wanted neither waits for all of it nor calls back. */
static void
test_left (Fixture *fixture, gconstpointer data)
{
  PmtTile many[9];

  for (int i = 0; i < 9; i++)
    many[i] = (PmtTile) { fixture->overlay, PMT_SIDE_AFTER, 0, i % 3, i / 3 };
  pmt_tiles_want (fixture->tiles, many, 9);
  pmt_tiles_free (g_steal_pointer (&fixture->tiles));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (fixture->arrivals, ==, 0);
}

/* An overlay that passes: its moving side goes, and it lives until nobody draws it any more. */
static void
test_forget (Fixture *fixture, gconstpointer data)
{
  PmtTile fixed = { fixture->overlay, PMT_SIDE_FIXED, 0, 0, 0 }, after = { fixture->overlay, PMT_SIDE_AFTER, 0, 0, 0 };
  PmtTile both[] = { fixed, after };

  pmt_tiles_want (fixture->tiles, both, 2);
  g_assert_nonnull (wait_for (fixture, &fixed));
  g_assert_nonnull (wait_for (fixture, &after));
  g_assert_cmpint (fixture->overlay->references, >=, 3);
  pmt_tiles_forget (fixture->tiles, fixture->overlay);
  g_assert_nonnull (pmt_tiles_get (fixture->tiles, &fixed));
  g_assert_null (pmt_tiles_get (fixture->tiles, &after));
  g_assert_cmpint (fixture->overlay->references, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/preview-tiles/pixels", Fixture, NULL, set_up, test_pixels, tear_down);
  g_test_add ("/preview-tiles/stale", Fixture, NULL, set_up, test_stale, tear_down);
  g_test_add ("/preview-tiles/left", Fixture, NULL, set_up, test_left, tear_down);
  g_test_add ("/preview-tiles/forget", Fixture, NULL, set_up, test_forget, tear_down);
  return g_test_run ();
}
