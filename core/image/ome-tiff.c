/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OME-TIFF (The OME Data Model, 2016-06): a page for each channel, XML in the first page's description, smaller versions of a page in its
 * sub-directories. */
#include "image/ome-tiff.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "image/source-vips.h"

#define NAMESPACE "http://www.openmicroscopy.org/Schemas/OME/2016-06"

gboolean
pmt_is_ome_tiff (const char *path)
{
  g_autofree char *plain = vips_filename_get_filename (path), *low = g_ascii_strdown (plain, -1);

  return g_str_has_suffix (low, ".ome.tif") || g_str_has_suffix (low, ".ome.tiff");
}

char *
pmt_ome_tiff_options (const VipsImage *image)
{
  double bytes = 1.34 * image->Xsize * image->Ysize * VIPS_IMAGE_SIZEOF_PEL (image);

  return g_strconcat ("[tile,pyramid,subifd,compression=deflate", bytes > 3.9e9 ? ",bigtiff]" : "]", NULL);
}

static const char *
pixel_type (VipsBandFormat format)
{
  static const char *const names[] = { "uint8", "int8", "uint16", "int16", "uint32", "int32", "float", "complex", "double" };

  return format >= VIPS_FORMAT_UCHAR && format <= VIPS_FORMAT_DOUBLE ? names[format] : "uint8";
}

/* libvips gives 1 px/mm to images that state nothing. */
static void
put_pixel_size (GString *xml, const VipsImage *plane)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!(plane->Xres > 0) || !(plane->Yres > 0) || fabs (plane->Xres - 1) < 1e-6)
    return;
  g_string_append_printf (xml, " PhysicalSizeX=\"%s\" PhysicalSizeXUnit=\"µm\"", g_ascii_formatd (buffer, sizeof buffer, "%.9g", 1000 / plane->Xres));
  g_string_append_printf (xml, " PhysicalSizeY=\"%s\" PhysicalSizeYUnit=\"µm\"", g_ascii_formatd (buffer, sizeof buffer, "%.9g", 1000 / plane->Yres));
}

static void
put_channel (GString *xml, int k, int samples, const char *name)
{
  g_autofree char *number = g_strdup_printf ("%d", k + 1), *text = g_markup_escape_text (name != NULL ? name : number, -1);

  g_string_append_printf (xml, "      <Channel ID=\"Channel:0:%d\" Name=\"%s\" SamplesPerPixel=\"%d\"/>\n", k, text, samples);
}

static char *
describe (int n, VipsImage *const *planes, const char *const *names, const char *title)
{
  const VipsImage *p = planes[0];
  GString         *xml = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OME xmlns=\"" NAMESPACE "\" "
                                       "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"" NAMESPACE " "
                                       NAMESPACE "/ome.xsd\">\n");
  g_autofree char *name = g_markup_escape_text (title, -1);

  g_string_append_printf (xml, "  <Image ID=\"Image:0\" Name=\"%s\">\n    <Pixels ID=\"Pixels:0\" DimensionOrder=\"XYCZT\" Type=\"%s\" "
                          "SizeX=\"%d\" SizeY=\"%d\" SizeC=\"%d\" SizeZ=\"1\" SizeT=\"1\"", name, pixel_type (p->BandFmt), p->Xsize,
                          p->Ysize, n * p->Bands);
  put_pixel_size (xml, p);
  g_string_append (xml, ">\n");
  for (int k = 0; k < n; k++)
    put_channel (xml, k, p->Bands, names != NULL ? names[k] : NULL);
  for (int k = 0; k < n; k++)
    g_string_append_printf (xml, "      <TiffData IFD=\"%d\" FirstC=\"%d\" PlaneCount=\"1\"/>\n", k, k * p->Bands);
  g_string_append (xml, "    </Pixels>\n  </Image>\n</OME>\n");
  return g_string_free (xml, FALSE);
}

static VipsImage *
vips_failed (GError **error)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "cannot put the channels together: %s", g_strdelimit (g_strstrip (words), "\n", ';'));
  return NULL;
}

VipsImage *
pmt_ome_tiff_image (int n, VipsImage **planes, const char *const *names, const char *title, GError **error)
{
  g_autofree char      *xml = NULL;
  g_autoptr (VipsImage) joined = NULL;
  VipsImage            *out = NULL;

  for (int k = 1; k < n; k++)
    if (planes[k]->Xsize != planes[0]->Xsize || planes[k]->Ysize != planes[0]->Ysize || planes[k]->Bands != planes[0]->Bands
        || planes[k]->BandFmt != planes[0]->BandFmt)
      {
        g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "channel %d of an OME-TIFF has %d bands of %s, and the first %d of %s", k + 1,
                     planes[k]->Bands, pixel_type (planes[k]->BandFmt), planes[0]->Bands, pixel_type (planes[0]->BandFmt));
        return NULL;
      }
  if (vips_arrayjoin (planes, &joined, n, "across", 1, NULL) != 0 || vips_copy (joined, &out, NULL) != 0)
    return vips_failed (error);
  xml = describe (n, planes, names, title);
  vips_image_set_string (out, VIPS_META_IMAGEDESCRIPTION, xml);
  vips_image_set_int (out, VIPS_META_PAGE_HEIGHT, planes[0]->Ysize);
  vips_image_remove (out, VIPS_META_N_PAGES);
  return out;
}

VipsImage *
pmt_ome_tiff_bands (VipsImage *image, const char *title, GError **error)
{
  g_autoptr (GPtrArray) planes = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean              rgb = image->Bands == 3 && (image->Type == VIPS_INTERPRETATION_sRGB || image->Type == VIPS_INTERPRETATION_RGB16);

  for (int k = 0; k < image->Bands && !rgb; k++)
    {
      VipsImage *plane = NULL;

      if (vips_extract_band (image, &plane, k, NULL) != 0)
        return vips_failed (error);
      g_ptr_array_add (planes, plane);
    }
  if (rgb)
    g_ptr_array_add (planes, g_object_ref (image));
  return pmt_ome_tiff_image ((int) planes->len, (VipsImage **) planes->pdata, NULL, title, error);
}
