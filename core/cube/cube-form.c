/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an output is to be like: its layout, the names of its files, what its header says of the frame, and whether the file can hold it. */
#include "cube/cube-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

/* What a header says of the frame, true no more when that is another one. */
static const char *const frame_keys[] =
{
  "map info", "projection info", "coordinate system string", "geo points", "rpc info", "pixel size", "x start", "y start",
  "geo transform", NULL
};

gboolean
_pmt_cube_adopt_frame (GArray *fields, const PmtCube *frame)
{
  gboolean dropped = FALSE;

  for (int i = 0; frame_keys[i] != NULL; i++)
    {
      const char *own = _pmt_fields_get (fields, frame_keys[i]);
      const char *there = frame != NULL ? _pmt_fields_get (frame->fields, frame_keys[i]) : NULL;

      dropped = dropped || (own != NULL && there == NULL);
      _pmt_fields_set (fields, frame_keys[i], there);
    }
  return dropped;
}

PmtCubeLayout
_pmt_cube_layout_for (const PmtCube *cube, const PmtCubeWarpOptions *o, const char *path)
{
  PmtCubeFileKind kind = _pmt_cube_file_kind (path);
  PmtCubeLayout   layout = o->layout;
  const char     *dot = strrchr (path, '.');

  if (kind == PMT_CUBE_FILE_FOLDER)
    return PMT_LAYOUT_BSQ;
  if (layout == PMT_LAYOUT_AUTO && kind == PMT_CUBE_FILE_ENVI && dot != NULL && strlen (dot) == 4)
    {
      g_autofree char *low = g_ascii_strdown (dot + 1, -1);

      pmt_cube_layout_from_nick (low, &layout);
    }
  if (layout != PMT_LAYOUT_AUTO)
    return layout;
  return kind == PMT_CUBE_FILE_TIFF && cube->layout == PMT_LAYOUT_BIL ? PMT_LAYOUT_BSQ : cube->layout;
}

gboolean
pmt_cube_can_save (const PmtCube *cube, const PmtCubeWarpOptions *o, const char *path, GError **error)
{
  static const char *const known[] =
  { "", ".hdr", ".raw", ".img", ".dat", ".bsq", ".bil", ".bip", ".bin", ".cube", NULL };
  PmtCubeFileKind  kind = _pmt_cube_file_kind (path);
  const char      *slash = strrchr (path, '/'), *dot = strrchr (path, '.');
  g_autofree char *ending = g_ascii_strdown (dot != NULL && dot > slash ? dot : "", -1);

  if (kind == PMT_CUBE_FILE_ENVI && !g_strv_contains (known, ending))
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
                 "“%s”: a cube goes to an ENVI file (.hdr, .raw, .img, .dat, .bsq, .bil, .bip), a .tif, or a folder (“%s/”)", path,
                 path);
  else if (kind == PMT_CUBE_FILE_ENVI && cube->type == PMT_CUBE_INT8)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: ENVI has no signed bytes; a .tif has", path);
  else if (kind != PMT_CUBE_FILE_ENVI && o->layout == PMT_LAYOUT_BIL)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: the layout bil is ENVI's alone", path);
  else if (kind == PMT_CUBE_FILE_FOLDER && o->layout == PMT_LAYOUT_BIP && cube->bands > 1)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: the files of a folder have one band each", path);
  else if (kind == PMT_CUBE_FILE_TIFF && _pmt_cube_layout_for (cube, o, path) == PMT_LAYOUT_BIP && cube->bands > G_MAXUINT16)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: a TIFF holds at most 65535 bands; pages may be more", path);
  else if (!isnan (o->background) && cube->has_ignore && o->background != cube->ignore)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” states %g for no data; another background would be mistaken for data",
                 cube->path, cube->ignore);
  else
    return TRUE;
  return FALSE;
}

char **
_pmt_cube_file_names (const PmtCube *cube)
{
  const char *list = cube->whole_planes && cube->files[1] != NULL ? _pmt_fields_get (cube->fields, "band names") : NULL;

  return list != NULL ? _pmt_fields_list (list) : NULL;
}
