/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cube/cube-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

gboolean
pmt_cube_layout_from_nick (const char *nick, PmtCubeLayout *layout)
{
  static const struct { const char *nick; PmtCubeLayout layout; } nicks[] =
  {
    { "auto", PMT_LAYOUT_AUTO }, { "bsq", PMT_LAYOUT_BSQ }, { "pages", PMT_LAYOUT_BSQ }, { "bil", PMT_LAYOUT_BIL },
    { "bip", PMT_LAYOUT_BIP }, { "bands", PMT_LAYOUT_BIP },
  };

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++)
    if (g_str_equal (nick, nicks[i].nick))
      {
        *layout = nicks[i].layout;
        return TRUE;
      }
  return FALSE;
}

PmtCube *
_pmt_cube_new (const char *path)
{
  PmtCube *cube = g_new0 (PmtCube, 1);

  g_atomic_ref_count_init (&cube->references);
  cube->path = g_strdup (path);
  cube->fields = _pmt_fields_new ();
  return cube;
}

PmtCube *
pmt_cube_open (const char *path, GError **error)
{
  g_autoptr (PmtCube) cube = _pmt_cube_new (path);
  gboolean            done;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    done = _pmt_cube_open_folder (cube, error);
  else if (pmt_cube_is_envi (path))
    done = _pmt_cube_open_envi (cube, error);
  else
    done = _pmt_cube_open_vips (cube, error);
  return done ? g_steal_pointer (&cube) : NULL;
}

PmtCube *
pmt_cube_ref (PmtCube *cube)
{
  g_atomic_ref_count_inc (&cube->references);
  return cube;
}

void
pmt_cube_unref (PmtCube *cube)
{
  if (cube == NULL || !g_atomic_ref_count_dec (&cube->references))
    return;
  if (cube->self != NULL)
    cube->klass->free (cube->self);
  g_clear_pointer (&cube->fields, g_array_unref);
  g_strfreev (cube->files);
  g_free (cube->path);
  g_free (cube);
}

gboolean
_pmt_cube_read (PmtCube *cube, int band, const PmtRect *rect, guint8 *dest, GError **error)
{
  return cube->klass->read (cube->self, band, rect, dest, error);
}

gboolean
_pmt_cube_read_ignore (PmtCube *cube, GError **error)
{
  const char *value = _pmt_fields_get (cube->fields, "data ignore value");
  char       *end = NULL;

  if (value == NULL)
    return TRUE;
  cube->ignore = g_ascii_strtod (value, &end);
  if (end == value || *end != '\0')
    {
      g_autofree char *valid = g_utf8_make_valid (value, -1);

      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: “data ignore value” is a number, not “%.60s”",
                   cube->files != NULL ? cube->files[0] : cube->path, valid);
      return FALSE;
    }
  cube->has_ignore = isfinite (cube->ignore);
  return TRUE;
}

const char *
pmt_cube_get_path (const PmtCube *cube)
{
  return cube->path;
}

PmtSize
pmt_cube_get_size (const PmtCube *cube)
{
  return cube->size;
}

int
pmt_cube_get_bands (const PmtCube *cube)
{
  return cube->bands;
}

PmtCubeType
pmt_cube_get_type (const PmtCube *cube)
{
  return cube->type;
}

PmtCubeLayout
pmt_cube_get_layout (const PmtCube *cube)
{
  return cube->layout;
}

const char *
pmt_cube_get_field (const PmtCube *cube, const char *key)
{
  return _pmt_fields_get (cube->fields, key);
}

gboolean
pmt_cube_get_ignore (const PmtCube *cube, double *value)
{
  *value = cube->ignore;
  return cube->has_ignore;
}

char *const *
pmt_cube_get_files (const PmtCube *cube)
{
  return cube->files;
}
