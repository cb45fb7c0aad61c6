/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "view.h"

#include <string.h>

#include "base/plane.h"

GeglRectangle
pmt_gegl_pad_bounds (GeglOperation *operation, const char *pad)
{
  const GeglRectangle *bounds = gegl_operation_source_get_bounding_box (operation, pad);

  return bounds != NULL ? *bounds : *GEGL_RECTANGLE (0, 0, 0, 0);
}

const Babl *
pmt_gegl_display_format (GeglOperation *operation, const char *const *pads)
{
  for (; *pads != NULL; pads++)
    {
      const Babl *format = gegl_operation_get_source_format (operation, *pads);

      if (format != NULL && !babl_format_is_format_n (format))
        return babl_format_with_space ("R'G'B'A float", format);
    }
  return babl_format ("R'G'B'A float");
}

PmtGeglView
pmt_gegl_view (GeglOperation *operation, const char *pad, GeglBuffer *buffer, const Babl *display)
{
  const Babl *format = buffer != NULL ? gegl_buffer_get_format (buffer) : NULL;
  PmtGeglView view = { buffer, pmt_gegl_pad_bounds (operation, pad), display, 0 };

  if (format != NULL && babl_format_is_format_n (format))
    {
      view.bands = babl_format_get_n_components (format);
      view.format = babl_format_n (babl_type ("float"), view.bands);
    }
  return view;
}

static void
spread_bands (const PmtGeglView *view, const GeglRectangle *rect, const float *bands, float *rgba)
{
  int green = view->bands >= 3 ? 1 : 0, blue = view->bands >= 3 ? 2 : 0;

  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width; x++, bands += view->bands, rgba += 4)
      {
        rgba[0] = bands[0];
        rgba[1] = bands[green];
        rgba[2] = bands[blue];
        rgba[3] = gegl_rectangle_contains (&view->bounds, GEGL_RECTANGLE (x, y, 1, 1));
      }
}

gboolean
pmt_gegl_view_read (const PmtGeglView *view, const GeglRectangle *rect, float *rgba, GError **error)
{
  gsize  pixels = (gsize) rect->width * rect->height;
  float *bands;

  if (view->buffer == NULL)
    {
      memset (rgba, 0, pixels * 4 * sizeof (float));
      return TRUE;
    }
  if (view->bands == 0)
    {
      gegl_buffer_get (view->buffer, rect, 1.0, view->format, rgba, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      return TRUE;
    }
  bands = pmt_buffer_new (pixels, view->bands * sizeof (float), error);
  if (bands == NULL)
    return FALSE;
  gegl_buffer_get (view->buffer, rect, 1.0, view->format, bands, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  spread_bands (view, rect, bands, rgba);
  pmt_buffer_free (bands);
  return TRUE;
}
