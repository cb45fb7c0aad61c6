/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "picture-file.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "image/source-vips.h"
#include "plug-in.h"

#define PARASITE "pentimento-file"
#define FORMAT   "pentimento-file"

void
pmt_picture_file_free (PmtPictureFile *file)
{
  if (file == NULL)
    return;
  g_free (file->path);
  g_free (file->digest);
  g_free (file);
}

/* -- opening -- */

static VipsImage *
open_page (const char *path, int page, GError **error)
{
  g_autofree char *name = page > 0 ? g_strdup_printf ("%s[page=%d]", path, page) : g_strdup (path);

  return pmt_vips_image_open (name, error);
}

static gboolean
is_plain (const VipsImage *image)
{
  switch (image->Type)
    {
    case VIPS_INTERPRETATION_CMYK:
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABQ:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_LCH:
    case VIPS_INTERPRETATION_XYZ:
    case VIPS_INTERPRETATION_YXY:
    case VIPS_INTERPRETATION_HSV:
      return FALSE;
    default:
      return image->Coding == VIPS_CODING_NONE;
    }
}

static gboolean
take_vips_error (GError **error, const char *path)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "%s: %s", path, g_strdelimit (g_strstrip (words), "\n", ';'));
  return FALSE;
}

/* In place: takes *image. */
static gboolean
replace (VipsImage **image, int failed, VipsImage **next, const char *path, GError **error)
{
  g_object_unref (*image);
  *image = failed ? NULL : *next;
  return !failed || take_vips_error (error, path);
}

static gboolean
to_plain_colours (VipsImage **image, const char *path, GError **error)
{
  VipsImage *next = NULL;

  if (is_plain (*image))
    return TRUE;
  return replace (image, vips_colourspace (*image, &next, VIPS_INTERPRETATION_sRGB, NULL), &next, path, error);
}

static gboolean
to_known_format (VipsImage **image, const char *path, GError **error)
{
  VipsImage *next = NULL;
  VipsBandFormat format = (*image)->BandFmt;

  if (format == VIPS_FORMAT_UCHAR || format == VIPS_FORMAT_USHORT || format == VIPS_FORMAT_FLOAT)
    return TRUE;
  return replace (image, vips_cast_float (*image, &next, NULL), &next, path, error);
}

static int
colour_bands (VipsImage *image)
{
  return image->Bands - vips_image_hasalpha (image);
}

VipsImage *
pmt_picture_file_open (const PmtPictureFile *file, GError **error)
{
  VipsImage *image = open_page (file->path, file->page, error), *band = NULL;

  if (image == NULL || !to_plain_colours (&image, file->path, error))
    return NULL;
  if (file->band >= 0
      && !replace (&image, vips_extract_band (image, &band, file->band, NULL), &band, file->path, error))
    return NULL;
  return to_known_format (&image, file->path, error) ? image : NULL;
}

/* -- what is in a file -- */

static gboolean
look_at_file (const char *path, gint64 *bytes, gint64 *modified)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info = g_file_query_info (file, "standard::size,time::modified,time::modified-usec", 0, NULL, NULL);

  if (info == NULL)
    return FALSE;
  *bytes = g_file_info_get_size (info);
  *modified = (gint64) g_file_info_get_attribute_uint64 (info, "time::modified") * G_USEC_PER_SEC
              + g_file_info_get_attribute_uint32 (info, "time::modified-usec");
  return TRUE;
}

static void
add (GPtrArray *list, const char *path, int page, int band, const VipsImage *image)
{
  PmtPictureFile *file = g_new0 (PmtPictureFile, 1);

  *file = (PmtPictureFile) { .path = g_strdup (path), .page = page, .band = band, .width = image->Xsize,
                             .height = image->Ysize };
  look_at_file (path, &file->bytes, &file->modified);
  g_ptr_array_add (list, file);
}

static gboolean
is_half (const VipsImage *image, const VipsImage *of)
{
  return ABS (2 * image->Xsize - of->Xsize) <= 2 && ABS (2 * image->Ysize - of->Ysize) <= 2;
}

/* FALSE: no more pages are wanted. */
static gboolean
add_page (GPtrArray *list, const char *path, int page, VipsImage **before, int *pages, GError **error)
{
  VipsImage *image = open_page (path, page, error);
  int colours;

  if (image == NULL || !to_plain_colours (&image, path, error))
    return FALSE;
  if (page == 0 && vips_image_get_typeof (image, VIPS_META_N_PAGES) != 0)
    vips_image_get_int (image, VIPS_META_N_PAGES, pages);
  if (*before != NULL && is_half (image, *before))      /* a pyramid */
    {
      g_object_unref (image);
      return FALSE;
    }
  colours = colour_bands (image);
  for (int band = 0; colours != 1 && colours != 3 && band < image->Bands; band++)
    add (list, path, page, band, image);
  if (colours == 1 || colours == 3)
    add (list, path, page, -1, image);
  g_clear_object (before);
  *before = image;
  return TRUE;
}

GPtrArray *
pmt_picture_file_list (const char *path, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) pmt_picture_file_free);
  g_autoptr (GError) problem = NULL;
  VipsImage *before = NULL;
  int pages = 1;

  for (int page = 0; page < pages; page++)
    if (!add_page (list, path, page, &before, &pages, &problem))
      break;
  g_clear_object (&before);
  if (problem == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

char *
pmt_picture_file_name (const PmtPictureFile *file, gboolean several)
{
  g_autofree char *base = g_path_get_basename (file->path), *name = g_filename_display_name (base);

  if (file->band >= 0 && file->page > 0)
    return g_strdup_printf (_("%s, page %d, band %d"), name, file->page + 1, file->band + 1);
  if (file->band >= 0)
    return g_strdup_printf (_("%s, band %d"), name, file->band + 1);
  return several ? g_strdup_printf (_("%s, page %d"), name, file->page + 1) : g_steal_pointer (&name);
}

/* -- the record -- */

gboolean
pmt_picture_file_attach (const PmtPictureFile *file, GimpLayer *layer)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree char *text = NULL;
  GimpParasite *parasite;
  gboolean attached;

  if (!g_utf8_validate (file->path, -1, NULL))      /* which JSON can't hold */
    {
      json_object_unref (object);
      return FALSE;
    }
  json_node_take_object (root, object);
  json_object_set_string_member (object, "format", FORMAT);
  json_object_set_int_member (object, "version", 1);
  json_object_set_string_member (object, "path", file->path);
  json_object_set_int_member (object, "page", file->page);
  json_object_set_int_member (object, "band", file->band);
  json_object_set_int_member (object, "width", file->width);
  json_object_set_int_member (object, "height", file->height);
  json_object_set_int_member (object, "bytes", file->bytes);
  json_object_set_int_member (object, "modified", file->modified);
  if (file->digest != NULL)
    json_object_set_string_member (object, "digest", file->digest);
  text = json_to_string (root, FALSE);
  parasite = gimp_parasite_new (PARASITE, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE, strlen (text) + 1, text);
  attached = gimp_item_attach_parasite (GIMP_ITEM (layer), parasite);
  gimp_parasite_free (parasite);
  return attached;
}

static PmtPictureFile *
from_json (JsonObject *object)
{
  PmtPictureFile *file;
  const char *path = json_object_get_string_member_with_default (object, "path", NULL);

  if (g_strcmp0 (json_object_get_string_member_with_default (object, "format", NULL), FORMAT) != 0 || path == NULL
      || json_object_get_int_member_with_default (object, "version", 0) != 1)
    return NULL;
  file = g_new0 (PmtPictureFile, 1);
  file->path = g_strdup (path);
  file->page = (int) CLAMP (json_object_get_int_member_with_default (object, "page", 0), 0, G_MAXINT);
  file->band = (int) CLAMP (json_object_get_int_member_with_default (object, "band", -1), -1, G_MAXINT);
  file->width = (int) CLAMP (json_object_get_int_member_with_default (object, "width", 0), 0, G_MAXINT);
  file->height = (int) CLAMP (json_object_get_int_member_with_default (object, "height", 0), 0, G_MAXINT);
  file->bytes = json_object_get_int_member_with_default (object, "bytes", -1);
  file->modified = json_object_get_int_member_with_default (object, "modified", -1);
  file->digest = g_strdup (json_object_get_string_member_with_default (object, "digest", NULL));
  return file;
}

PmtPictureFile *
pmt_picture_file_of (GimpLayer *layer)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (layer), PARASITE);
  PmtPictureFile *file = NULL;
  const char *data;
  guint32 size;

  if (parasite == NULL)
    return NULL;
  data = gimp_parasite_get_data (parasite, &size);
  if (data != NULL && size > 0)
    {
      g_autoptr (JsonParser) parser = json_parser_new ();

      if (json_parser_load_from_data (parser, data, (gssize) strnlen (data, size), NULL)
          && json_parser_get_root (parser) != NULL && JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
        file = from_json (json_node_get_object (json_parser_get_root (parser)));
    }
  gimp_parasite_free (parasite);
  return file;
}

gboolean
pmt_picture_file_is_unchanged (const PmtPictureFile *file)
{
  gint64 bytes, modified;

  return look_at_file (file->path, &bytes, &modified) && bytes == file->bytes && modified == file->modified;
}
