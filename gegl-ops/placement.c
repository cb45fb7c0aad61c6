/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "placement.h"

#include <string.h>

#include "base/error.h"
#include "buffer-source.h"

/* What a change of the input touches is found by halving the output until cells are this small: finer costs more than
 * repainting a few pixels too many saves. */
#define CELL_SIDE   64
#define CELL_LEVELS 10

static PmtRect
to_pmt (const GeglRectangle *r, int dx, int dy)
{
  return (PmtRect) { r->x + dx, r->y + dy, r->width, r->height };
}

static gboolean
is_identity (const PmtTransform *transform)
{
  PmtMatrix3 matrix;

  if (!pmt_transform_get_matrix (transform, &matrix))
    return FALSE;
  matrix = pmt_matrix3_normalised (&matrix);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (matrix.m[i][j] != (i == j))
        return FALSE;
  return TRUE;
}

static gboolean
check_extent (const GeglRectangle *extent, GError **error)
{
  if (!gegl_rectangle_is_infinite_plane (extent)
      && extent->width <= PMT_BOUNDS_MAX_SIDE && extent->height <= PMT_BOUNDS_MAX_SIDE
      && ABS ((gint64) extent->x) <= PMT_BOUNDS_MAX_SIDE && ABS ((gint64) extent->y) <= PMT_BOUNDS_MAX_SIDE)
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the input has no bounds that can be warped (crop it)");
  return FALSE;
}

/* The chain from output coordinates to pixels counted from the extent's corner, evaluated fast. */
static PmtTransform *
chain_to_pixels (const PmtTransform *transform, const GeglRectangle *extent, GError **error)
{
  PmtMatrix3    to_corner = pmt_matrix3_translation (-extent->x, -extent->y);
  PmtTransform *moved = NULL, *flat;

  if (extent->x == 0 && extent->y == 0)
    return pmt_transform_flatten (transform);
  moved = pmt_transform_append_matrix (transform, &to_corner, (PmtSize) { 0, 0 }, NULL, error);
  if (moved == NULL)
    return NULL;
  flat = pmt_transform_flatten (moved);
  pmt_transform_unref (moved);
  return flat;
}

static gboolean
check_bounds (const PmtRect *bounds, GError **error)
{
  gint64 x1 = (gint64) bounds->x + bounds->width, y1 = (gint64) bounds->y + bounds->height;

  if (bounds->x >= -PMT_BOUNDS_MAX_SIDE && bounds->y >= -PMT_BOUNDS_MAX_SIDE
      && x1 <= 2 * PMT_BOUNDS_MAX_SIDE && y1 <= 2 * PMT_BOUNDS_MAX_SIDE)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the image would land at %d, %d: too far away to be drawn",
               bounds->x, bounds->y);
  return FALSE;
}

gboolean
pmt_placement_set (PmtPlacement *placement, const PmtTransform *transform, PmtSampler sampler,
                   const GeglRectangle *extent, GError **error)
{
  g_autoptr (PmtTransform) chain = NULL;
  PmtRect whole = { 0, 0, extent->width, extent->height }, bounds;

  pmt_placement_clear (placement);
  placement->sampler = sampler;
  placement->extent = *extent;
  placement->bounds = *extent;
  if (transform == NULL || gegl_rectangle_is_empty (extent) || is_identity (transform))
    return TRUE;

  if (!check_extent (extent, error))
    return FALSE;
  chain = chain_to_pixels (transform, extent, error);
  if (chain == NULL || !pmt_transform_bounds (chain, &whole, &bounds, error) || !check_bounds (&bounds, error))
    return FALSE;
  placement->bounds = *GEGL_RECTANGLE (bounds.x, bounds.y, bounds.width, bounds.height);
  placement->chain = g_steal_pointer (&chain);
  return TRUE;
}

void
pmt_placement_clear (PmtPlacement *placement)
{
  g_clear_pointer (&placement->chain, pmt_transform_unref);
  memset (placement, 0, sizeof *placement);
}

GeglRectangle
pmt_placement_get_required (const PmtPlacement *placement, const GeglRectangle *output)
{
  GeglRectangle shown;
  PmtRect       out, region;

  if (placement->chain == NULL)
    return *output;
  if (!gegl_rectangle_intersect (&shown, output, &placement->bounds))
    return *GEGL_RECTANGLE (0, 0, 0, 0);
  out = to_pmt (&shown, 0, 0);
  region = pmt_resample_source_region (placement->chain,
                                       (PmtSize) { placement->extent.width, placement->extent.height },
                                       placement->sampler, &out);
  if (pmt_rect_is_empty (region))
    return *GEGL_RECTANGLE (0, 0, 0, 0);
  return *GEGL_RECTANGLE (region.x + placement->extent.x, region.y + placement->extent.y, region.width, region.height);
}

/* Adds to *touched the parts of `cell` that are computed from `input`, to about CELL_SIDE. */
static void
add_touched (const PmtPlacement *placement, const GeglRectangle *input, GeglRectangle cell, int level,
             GeglRectangle *touched)
{
  GeglRectangle required;
  int           w = cell.width / 2, h = cell.height / 2;

  if (gegl_rectangle_is_empty (&cell) || gegl_rectangle_contains (touched, &cell))
    return;
  required = pmt_placement_get_required (placement, &cell);
  if (!gegl_rectangle_intersect (NULL, &required, input))
    return;
  if (level == CELL_LEVELS || (cell.width <= CELL_SIDE && cell.height <= CELL_SIDE)
      || gegl_rectangle_contains (input, &required))
    {
      gegl_rectangle_bounding_box (touched, touched, &cell);
      return;
    }
  for (int k = 0; k < 4; k++)
    add_touched (placement, input,
                 *GEGL_RECTANGLE (cell.x + (k & 1 ? w : 0), cell.y + (k & 2 ? h : 0),
                                  k & 1 ? cell.width - w : w, k & 2 ? cell.height - h : h),
                 level + 1, touched);
}

GeglRectangle
pmt_placement_get_invalidated (const PmtPlacement *placement, const GeglRectangle *input)
{
  GeglRectangle touched = { 0, 0, 0, 0 };

  if (placement->chain == NULL)
    return *input;
  if (!gegl_rectangle_contains (&placement->extent, input))
    gegl_rectangle_bounding_box (&touched, &placement->bounds, input);   /* its extent is changing too */
  else
    add_touched (placement, input, placement->bounds, 0, &touched);
  return touched;
}

static gboolean
render_chunks (const PmtPlacement *placement, PmtSource *source, const Babl *format, GeglBuffer *output,
               const GeglRectangle *shown, GError **error)
{
  g_autoptr (PmtContext) context = pmt_context_new ();
  GeglBufferIterator    *it;
  gsize                  bands = babl_format_get_n_components (format);
  gboolean               ok = TRUE;

  pmt_context_set_threads (context, 1);   /* GEGL has split the work already */
  it = gegl_buffer_iterator_new (output, shown, 0, format, GEGL_ACCESS_WRITE, GEGL_ABYSS_NONE, 1);
  while (ok && gegl_buffer_iterator_next (it))
    {
      PmtRect out = to_pmt (&it->items[0].roi, 0, 0);

      ok = pmt_resample (context, source, placement->chain, placement->sampler, &out, 0, it->items[0].data,
                         bands * out.width, NULL, error);
      if (!ok)
        gegl_buffer_iterator_stop (it);
    }
  return ok;
}

gboolean
pmt_placement_render (const PmtPlacement *placement, GeglBuffer *input, const Babl *format, GeglBuffer *output,
                      const GeglRectangle *roi, GError **error)
{
  g_autoptr (PmtSource) source = NULL;
  GeglRectangle         shown;

  if (placement->chain == NULL && input != NULL)
    {
      gegl_buffer_copy (input, roi, GEGL_ABYSS_NONE, output, roi);
      return TRUE;
    }
  if (input == NULL || !gegl_rectangle_intersect (&shown, roi, &placement->bounds))
    {
      gegl_buffer_clear (output, roi);
      return TRUE;
    }
  if (!gegl_rectangle_equal (&shown, roi))
    gegl_buffer_clear (output, roi);
  source = pmt_gegl_source_new (input, &placement->extent, format, error);
  return source != NULL && render_chunks (placement, source, format, output, &shown, error);
}
