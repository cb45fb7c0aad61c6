/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A field as TIFF: two bands of 32-bit floats, dx and dy in pixels. The frame stands in the tag ImageDescription. */
#include "exchange/field-private.h"

#include <vips/vips.h>

#include "base/error.h"
#include "image/source-vips.h"
#include "image/warp-vips.h"

static int
generate (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  const PmtFieldView *view = a;
  VipsRect            r = out->valid;

  for (int y = 0; y < r.height; y++)
    {
      float *row = (float *) VIPS_REGION_ADDR (out, r.left, r.top + y);

      _pmt_field_row (view, r.left, r.width, r.top + y, row, row + 1, 2);
    }
  return 0;
}

static gboolean
save (PmtContext *context, const PmtFieldView *view, const char *path, GError **error)
{
  g_autofree char      *words = _pmt_field_describe (&view->frame, error);
  g_autoptr (VipsImage) image = words != NULL ? vips_image_new () : NULL;

  if (image == NULL)
    return FALSE;
  vips_image_init_fields (image, view->columns, view->rows, 2, VIPS_FORMAT_FLOAT, VIPS_CODING_NONE,
                          VIPS_INTERPRETATION_MULTIBAND, 1, 1);
  vips_image_set_string (image, VIPS_META_IMAGEDESCRIPTION, words);
  if (vips_image_pipelinev (image, VIPS_DEMAND_STYLE_THINSTRIP, NULL) == 0
      && vips_image_generate (image, NULL, generate, NULL, (gpointer) view, NULL) == 0)
    return pmt_vips_image_save (context, image, path, error);
  g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "cannot prepare the field: %s", vips_error_buffer ());
  vips_error_clear ();
  return FALSE;
}

static gboolean
open_tiff (const char *path, int stride, PmtField *field, GError **error)
{
  g_autoptr (VipsImage) image = pmt_vips_image_open (path, error);
  const char           *words = NULL;

  if (image == NULL)
    return FALSE;
  if (image->Bands != 2 || image->BandFmt != VIPS_FORMAT_FLOAT)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "%s: a field of displacements has two bands of floats, not %d of %s", path, image->Bands,
                   vips_enum_nick (VIPS_TYPE_BAND_FORMAT, image->BandFmt));
      return FALSE;
    }
  if (vips_image_get_typeof (image, VIPS_META_IMAGEDESCRIPTION) != 0
      && vips_image_get_string (image, VIPS_META_IMAGEDESCRIPTION, &words) == 0)
    _pmt_field_recognise (words, &field->frame);
  field->source = pmt_source_vips_new (image, PMT_LIGHT_STORED, error);
  return field->source != NULL;
}

static const char *const endings[] = { ".tif", ".tiff", NULL };

const PmtFieldFormat _pmt_field_tiff = { endings, save, open_tiff };
