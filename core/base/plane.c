/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/plane.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ALIGNMENT 64   /* a cache line, and the widest vector */

static gpointer
allocate (gsize count, gsize size, gboolean zeroed, GError **error)
{
  gsize    bytes;
  gpointer buffer = NULL;

  if (g_size_checked_mul (&bytes, count, size) && bytes <= G_MAXSIZE - ALIGNMENT)
    {
      bytes = (MAX (bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      buffer = aligned_alloc (ALIGNMENT, bytes);
    }
  if (buffer == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY,
                   "no memory for %" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT " bytes", count, size);
      return NULL;
    }
  if (zeroed)
    memset (buffer, 0, bytes);
  return buffer;
}

gpointer
pmt_buffer_new (gsize count, gsize size, GError **error)
{
  return allocate (count, size, TRUE, error);
}

gpointer
pmt_buffer_new_unset (gsize count, gsize size, GError **error)
{
  return allocate (count, size, FALSE, error);
}

void
pmt_buffer_free (gpointer buffer)
{
  free (buffer);
}

static PmtPlane *
plane_new (int width, int height, gboolean zeroed, GError **error)
{
  PmtPlane *plane;
  gsize     stride, count;

  if (width < 1 || height < 1)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a plane of %d × %d pixels cannot be made", width, height);
      return NULL;
    }
  stride = ((gsize) width + 15) / 16 * 16;
  if (!g_size_checked_mul (&count, stride, (gsize) height))
    count = G_MAXSIZE;

  plane = g_new0 (PmtPlane, 1);
  plane->width = width;
  plane->height = height;
  plane->stride = stride;
  plane->data = allocate (count, sizeof (float), zeroed, error);
  if (plane->data == NULL)
    g_clear_pointer (&plane, g_free);
  return plane;
}

PmtPlane *
pmt_plane_new (int width, int height, GError **error)
{
  return plane_new (width, height, TRUE, error);
}

PmtPlane *
pmt_plane_new_unset (int width, int height, GError **error)
{
  return plane_new (width, height, FALSE, error);
}

PmtPlane *
pmt_plane_copy (const PmtPlane *plane, GError **error)
{
  PmtPlane *copy = pmt_plane_new_unset (plane->width, plane->height, error);

  for (int y = 0; copy != NULL && y < plane->height; y++)
    memcpy (pmt_plane_row (copy, y), pmt_plane_row (plane, y), plane->width * sizeof (float));
  return copy;
}

void
pmt_plane_free (PmtPlane *plane)
{
  if (plane == NULL)
    return;
  pmt_buffer_free (plane->data);
  g_free (plane);
}
