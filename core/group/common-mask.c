/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "group/common-mask.h"

#include <string.h>

#include "base/error.h"

typedef struct
{
  int            n;
  PmtTransform **transform;
  PmtRect        canvas;
} Mask;

static void
mask_free (Mask *mask)
{
  for (int i = 0; i < mask->n; i++)
    pmt_transform_unref (mask->transform[i]);
  g_free (mask->transform);
  g_free (mask);
}

static void
mark_row (const Mask *mask, int x, int y, int width, PmtPoint *at, guint8 *out)
{
  memset (out, 255, width);
  for (int i = 0; i < mask->n; i++)
    {
      PmtSize size = pmt_transform_get_moving_size (mask->transform[i]);

      for (int k = 0; k < width; k++)
        at[k] = (PmtPoint) { x + k + 0.5, y + 0.5 };
      pmt_transform_map (mask->transform[i], width, at, at);
      for (int k = 0; k < width; k++)
        if (!(at[k].x >= 0 && at[k].y >= 0 && at[k].x <= size.width && at[k].y <= size.height))
          out[k] = 0;
    }
}

static int
generate (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  const Mask          *mask = a;
  VipsRect             r = out->valid;
  g_autofree PmtPoint *at = g_new (PmtPoint, r.width);

  for (int y = 0; y < r.height; y++)
    mark_row (mask, mask->canvas.x + r.left, mask->canvas.y + r.top + y, r.width, at, VIPS_REGION_ADDR (out, r.left, r.top + y));
  return 0;
}

VipsImage *
pmt_group_common_mask (int n, const PmtTransform *const *transforms, const PmtRect *canvas, GError **error)
{
  VipsImage *out = vips_image_new ();
  Mask      *mask = g_new0 (Mask, 1);

  mask->n = n;
  mask->canvas = *canvas;
  mask->transform = g_new (PmtTransform *, n + 1);
  for (int i = 0; i < n; i++)
    mask->transform[i] = pmt_transform_flatten (transforms[i]);
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (mask_free), mask);
  vips_image_init_fields (out, canvas->width, canvas->height, 1, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE, VIPS_INTERPRETATION_B_W,
                          1, 1);
  if (vips_image_pipelinev (out, VIPS_DEMAND_STYLE_ANY, NULL) == 0 && vips_image_generate (out, NULL, generate, NULL, mask, NULL) == 0)
    return out;
  g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "cannot prepare the mask: %s", vips_error_buffer ());
  vips_error_clear ();
  g_object_unref (out);
  return NULL;
}
