/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "feature/field-private.h"

PmtField *
_pmt_field_new (int width, int height, int channels, GError **error)
{
  g_autoptr (PmtField) field = g_new0 (PmtField, 1);

  field->width = width;
  field->height = height;
  field->channels = channels;
  field->mask = pmt_plane_new (width, height, error);
  if (field->mask == NULL)
    return NULL;
  for (int c = 0; c < channels; c++)
    {
      field->data[c] = pmt_buffer_new ((gsize) width * height, 2 * sizeof (float), error);
      if (field->data[c] == NULL)
        return NULL;
    }
  return g_steal_pointer (&field);
}

void
_pmt_field_free (PmtField *field)
{
  if (field == NULL)
    return;
  for (int c = 0; c < PMT_FIELD_MAX_CHANNELS; c++)
    pmt_buffer_free (field->data[c]);
  pmt_plane_free (field->mask);
  g_free (field);
}
