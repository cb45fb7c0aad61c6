/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cubes that libvips reads: a file's bands or pages, and the files of a folder. Pages and files are opened when they are read, and
 * closed again: of 4096 of them a handful is in memory.
 *
 * A TIFF's description may be a header in ENVI's syntax, which is how this program keeps wavelengths and names in TIFFs, or
 * lines "band 3: name". */
#include "cube/cube-private.h"

#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#include "base/error.h"
#include "image/source-vips.h"

typedef struct
{
  PmtCube   *cube;      /* borrowed: it owns this */
  VipsImage *image;     /* of many bands; NULL: pages or files */
  gboolean   pages;
} Vips;

static const struct { VipsBandFormat format; PmtCubeType type; } formats[] =
{
  { VIPS_FORMAT_UCHAR, PMT_CUBE_UINT8 }, { VIPS_FORMAT_CHAR, PMT_CUBE_INT8 }, { VIPS_FORMAT_USHORT, PMT_CUBE_UINT16 },
  { VIPS_FORMAT_SHORT, PMT_CUBE_INT16 }, { VIPS_FORMAT_UINT, PMT_CUBE_UINT32 }, { VIPS_FORMAT_INT, PMT_CUBE_INT32 },
  { VIPS_FORMAT_FLOAT, PMT_CUBE_FLOAT }, { VIPS_FORMAT_DOUBLE, PMT_CUBE_DOUBLE },
};

static gboolean
fail (GError **error, PmtError code, const char *verb, const char *path)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error (error, PMT_ERROR, code, "cannot %s “%s”: %s", verb, path, g_strdelimit (g_strstrip (words), "\n", ';'));
  return FALSE;
}

/* A page of the cube's file, or a file of its folder. */
static VipsImage *
open_part (const Vips *vips, int band, GError **error)
{
  const PmtCube         *cube = vips->cube;
  g_autoptr (VipsSource) file = NULL;
  VipsImage             *image;

  if (!vips->pages)
    return pmt_vips_image_open (cube->files[band], error);
  file = vips_source_new_from_file (cube->path);
  image = file != NULL ? vips_image_new_from_source (file, "", "page", band, "access", VIPS_ACCESS_RANDOM,
                                                     "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL) : NULL;
  if (image == NULL)
    {
      g_autofree char *name = g_strdup_printf ("%s, page %d", cube->path, band + 1);

      fail (error, PMT_ERROR_IO, "read", name);
    }
  return image;
}

/* Whether a part is as the cube is. */
static gboolean
check_part (const PmtCube *cube, VipsImage *image, int band, gboolean pages, GError **error)
{
  g_autofree char *name = pages ? g_strdup_printf ("page %d of “%s”", band + 1, cube->path)
                                : g_strdup_printf ("“%s”", cube->files[band]);

  if (image->Bands != 1)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%s has %d bands; parts of a cube have one each", name, image->Bands);
  else if (image->Xsize != cube->size.width || image->Ysize != cube->size.height)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%s has %d × %d pixels, and the first band %d × %d", name, image->Xsize,
                 image->Ysize, cube->size.width, cube->size.height);
  else
    for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
      if (formats[i].type == cube->type && formats[i].format == image->BandFmt)
        return TRUE;
  if (error == NULL || *error == NULL)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%s holds values of another type (%s) than the first band", name,
                 vips_enum_nick (VIPS_TYPE_BAND_FORMAT, image->BandFmt));
  return FALSE;
}

static gboolean
read_region (gpointer self, int band, const PmtRect *rect, guint8 *dest, GError **error)
{
  const Vips            *vips = self;
  g_autoptr (VipsImage)  image = vips->image != NULL ? g_object_ref (vips->image) : open_part (vips, band, error);
  g_autoptr (VipsRegion) region = NULL;
  VipsRect               area = { rect->x, rect->y, rect->width, rect->height };
  gsize                  row;

  if (image == NULL || (vips->image == NULL && !check_part (vips->cube, image, band, vips->pages, error)))
    return FALSE;
  region = vips_region_new (image);
  if (region == NULL || vips_region_prepare (region, &area) != 0)
    return fail (error, PMT_ERROR_IO, "read pixels of", vips->cube->path);
  row = (gsize) rect->width * VIPS_IMAGE_SIZEOF_PEL (image);
  for (int y = 0; y < rect->height; y++)
    memcpy (dest + (gsize) y * row, VIPS_REGION_ADDR (region, rect->x, rect->y + y), row);
  return TRUE;
}

static void
free_vips (gpointer self)
{
  Vips *vips = self;

  g_clear_object (&vips->image);
  g_free (vips);
}

static const PmtCubeClass vips_class = { read_region, free_vips };

/* -- what is said of bands -- */

/* Lines "band 3: name", as stacks write them. */
static void
read_names (PmtCube *cube, const char *text)
{
  g_auto (GStrv)      lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) names = g_string_new ("{");
  int                 n = 0;

  for (int i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *plain = NULL;
      char            *colon = strchr (lines[i], ':');

      if (!(g_str_has_prefix (lines[i], "band ") || g_str_has_prefix (lines[i], "page ")) || colon == NULL
          || strtol (lines[i] + 5, NULL, 10) != n + 1)
        return;
      plain = g_strdelimit (g_strdup (g_strstrip (colon + 1)), ",{}", ' ');
      g_string_append_printf (names, "%s%s", n > 0 ? ", " : "", plain);
      n++;
    }
  g_string_append_c (names, '}');
  if (n == cube->bands)
    _pmt_fields_set (cube->fields, "band names", names->str);
}

static gboolean
read_description (PmtCube *cube, VipsImage *image, GError **error)
{
  const char *text = NULL;

  if (vips_image_get_typeof (image, VIPS_META_IMAGEDESCRIPTION) == 0
      || vips_image_get_string (image, VIPS_META_IMAGEDESCRIPTION, &text) != 0)
    return TRUE;
  if (g_str_has_prefix (text, "ENVI\n"))
    {
      GArray *fields = _pmt_envi_parse (text, strlen (text), cube->path, NULL);

      if (fields == NULL)
        return TRUE;   /* any program may write what it likes there */
      g_array_unref (cube->fields);
      cube->fields = fields;
      return _pmt_cube_read_ignore (cube, error);
    }
  read_names (cube, text);
  return TRUE;
}

static gboolean
set_type (PmtCube *cube, VipsImage *image, GError **error)
{
  cube->size = (PmtSize) { image->Xsize, image->Ysize };
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].format == image->BandFmt)
      {
        cube->type = formats[i].type;
        return TRUE;
      }
  g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s” holds complex numbers; split them into real and imaginary parts first",
               cube->path);
  return FALSE;
}

/* -- opening -- */

/* What tells a page from a level of a pyramid. */
static gboolean
is_as_large (const Vips *vips, int page, VipsImage *image)
{
  g_autoptr (VipsImage) part = open_part (vips, page, NULL);

  return part != NULL && part->Xsize == image->Xsize && part->Ysize == image->Ysize;
}

static Vips *
begin (PmtCube *cube)
{
  Vips *vips = g_new0 (Vips, 1);

  vips->cube = cube;
  cube->klass = &vips_class;
  cube->self = vips;
  return vips;
}

gboolean
_pmt_cube_open_vips (PmtCube *cube, GError **error)
{
  Vips                 *vips = begin (cube);
  g_autoptr (VipsImage) image = pmt_vips_image_open (cube->path, error);
  int                   pages = image != NULL ? vips_image_get_n_pages (image) : 0;

  if (image == NULL || !set_type (cube, image, error))
    return FALSE;
  cube->files = g_new0 (char *, 2);
  cube->files[0] = g_strdup (cube->path);
  vips->pages = TRUE;
  if (pages > 1 && image->Bands > 1 && is_as_large (vips, 1, image))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s” has %d pages of %d bands each; a cube has one or the other",
                   cube->path, pages, image->Bands);
      return FALSE;
    }
  vips->pages = pages > 1 && image->Bands == 1;
  cube->bands = vips->pages ? pages : image->Bands;
  cube->layout = vips->pages ? PMT_LAYOUT_BSQ : PMT_LAYOUT_BIP;
  cube->interleaved = !vips->pages;
  cube->whole_planes = vips->pages;
  if (!vips->pages)
    vips->image = g_object_ref (image);
  for (int i = 1; vips->pages && i < pages; i += MAX (1, pages - 2))   /* a pyramid's or a thumbnail's pages are told at once */
    {
      g_autoptr (VipsImage) part = open_part (vips, i, error);

      if (part == NULL || !check_part (cube, part, i, TRUE, error))
        return FALSE;
    }
  return read_description (cube, image, error);
}

/* Numbers in names by their value: "b2" before "b10". */
static int
compare_names (gconstpointer a, gconstpointer b)
{
  g_autofree char *key_a = g_utf8_collate_key_for_filename (*(char *const *) a, -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (*(char *const *) b, -1);

  return strcmp (key_a, key_b);
}

static gboolean
list_folder (PmtCube *cube, GError **error)
{
  g_autoptr (GDir)      folder = g_dir_open (cube->path, 0, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char           *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (cube->path, name, NULL);

      if (name[0] != '.' && g_file_test (path, G_FILE_TEST_IS_REGULAR) && vips_foreign_find_load (path) != NULL)
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  vips_error_clear ();
  if (paths->len == 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "the folder “%s” holds no images", cube->path);
      return FALSE;
    }
  g_ptr_array_sort (paths, compare_names);
  cube->bands = (int) paths->len;
  g_ptr_array_add (paths, NULL);
  cube->files = (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
  return TRUE;
}

static void
name_bands_by_files (PmtCube *cube)
{
  g_autoptr (GString) names = g_string_new ("{");

  for (int i = 0; i < cube->bands; i++)
    {
      g_autofree char *name = g_path_get_basename (cube->files[i]);
      char            *dot = strrchr (name, '.');

      if (dot != NULL && dot != name)
        *dot = '\0';
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", g_strdelimit (name, ",{}\n", ' '));
    }
  g_string_append_c (names, '}');
  _pmt_fields_set (cube->fields, "band names", names->str);
}

/* The wavelength that a file of one band states, to the list. */
static void
add_stated (VipsImage *image, GString *list)
{
  const char         *text = NULL, *value = NULL;
  g_autoptr (GArray)  fields = NULL;
  g_auto (GStrv)      parts = NULL;

  if (vips_image_get_typeof (image, VIPS_META_IMAGEDESCRIPTION) != 0
      && vips_image_get_string (image, VIPS_META_IMAGEDESCRIPTION, &text) == 0 && g_str_has_prefix (text, "ENVI\n"))
    fields = _pmt_envi_parse (text, strlen (text), "", NULL);
  value = fields != NULL ? _pmt_fields_get (fields, "wavelength") : NULL;
  parts = value != NULL ? _pmt_fields_list (value) : NULL;
  g_string_append_printf (list, "%s%s", list->len > 1 ? ", " : "", parts != NULL && parts[0] != NULL ? parts[0] : "nan");
}

gboolean
_pmt_cube_open_folder (PmtCube *cube, GError **error)
{
  Vips                 *vips = begin (cube);
  g_autoptr (VipsImage) first = NULL;
  g_autoptr (GString)   wavelengths = g_string_new ("{");

  if (!list_folder (cube, error) || (first = open_part (vips, 0, error)) == NULL || !set_type (cube, first, error)
      || !check_part (cube, first, 0, FALSE, error))
    return FALSE;
  add_stated (first, wavelengths);
  for (int i = 1; i < cube->bands; i++)
    {
      g_autoptr (VipsImage) part = open_part (vips, i, error);

      if (part == NULL || !check_part (cube, part, i, FALSE, error))
        return FALSE;
      add_stated (part, wavelengths);
    }
  g_string_append_c (wavelengths, '}');
  cube->layout = PMT_LAYOUT_BSQ;
  cube->whole_planes = TRUE;
  if (!read_description (cube, first, error))     /* of what all have in common; lists are told one by one */
    return FALSE;
  if (_pmt_fields_get (cube->fields, "wavelength") != NULL)
    _pmt_fields_set (cube->fields, "wavelength", wavelengths->str);
  _pmt_fields_set (cube->fields, "fwhm", NULL);
  name_bands_by_files (cube);
  return TRUE;
}
