/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deep Zoom: a folder of tiles at all scales and a file that describes it, for viewers on the web. */
#include "image/deep-zoom-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/atomic-file.h"
#include "base/error.h"

gboolean
_pmt_is_deep_zoom (const char *name)
{
  g_autofree char *low = g_ascii_strdown (name, -1);

  return g_str_has_suffix (low, ".dzi");
}

static int
write_tiles (VipsImage *image, const char *target)
{
  return vips_dzsave (image, target, NULL);
}

static gboolean
fail (GError **error, const char *path)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: %s", path, g_strerror (errno));
  return FALSE;
}

static gboolean
move_into_place (const char *made, const char *stem, const char *path, GError **error)
{
  g_autofree char *tiles = g_strconcat (made, "_files", NULL), *description = g_strconcat (made, ".dzi", NULL);
  g_autofree char *place = g_strconcat (stem, "_files", NULL);

  if (g_rename (tiles, place) != 0)
    return fail (error, path);
  if (g_rename (description, path) == 0)
    return TRUE;
  fail (error, path);
  g_rename (place, tiles);      /* back, to be removed with the rest */
  return FALSE;
}

static char *
stem_of (const char *path)
{
  return g_strndup (path, strlen (path) - strlen (".dzi"));
}

gboolean
_pmt_deep_zoom_can_save (const char *path, GError **error)
{
  g_autofree char *stem = stem_of (path), *place = g_strconcat (stem, "_files", NULL);

  if (!g_file_test (place, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: the folder “%s” is there already", path, place);
  return FALSE;
}

gboolean
_pmt_deep_zoom_save (PmtContext *context, VipsImage *image, const char *path, GError **error)
{
  g_autofree char          *stem = stem_of (path), *made = NULL;
  g_autoptr (PmtAtomicFile) folder = NULL;   /* its parts are moved out of it one by one */

  if (!_pmt_deep_zoom_can_save (path, error) || (folder = pmt_atomic_file_new_folder (path, error)) == NULL)
    return FALSE;
  made = g_build_filename (pmt_atomic_file_get_path (folder), "image", NULL);
  return _pmt_vips_run_save (context, image, write_tiles, made, path, error) && move_into_place (made, stem, path, error);
}
