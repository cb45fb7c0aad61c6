/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/read-file.h"
#include "command.h"
#include "fit/points.h"

#define MAX_BYTES (16 << 20)

gboolean
command_read_points (const char *path, GArray *fixed, GArray *moving, GError **error)
{
  g_autoptr (GString) text = pmt_file_read (path, MAX_BYTES, error);

  if (text == NULL)
    return FALSE;
  if (pmt_points_from_text (text->str, fixed, moving, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

GArray *
command_load_landmarks (const char *path, double sigma, PmtSize fixed_size, PmtSize moving_size, GError **error)
{
  g_autoptr (GArray) fixed = g_array_new (FALSE, FALSE, sizeof (PmtPoint)), moving = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (GArray) landmarks = NULL;

  if (!command_read_points (path, fixed, moving, error))
    return NULL;
  if (fixed->len == 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%s: there are no points", path);
      return NULL;
    }
  landmarks = pmt_landmarks_from_points (fixed, moving, sigma);
  if (pmt_landmarks_check ((int) landmarks->len, (const PmtLandmark *) landmarks->data, fixed_size, moving_size, error))
    return g_steal_pointer (&landmarks);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

PmtTransform *
command_load_points (const char *path, PmtSize fixed_size, PmtSize moving_size, GError **error)
{
  g_autoptr (GArray)       fixed = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (GArray)       moving = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (PmtTransform) empty = pmt_transform_new (fixed_size, moving_size);
  PmtProvenance            provenance;
  PmtMatrix3               matrix;
  PmtTransform            *transform;

  if (!command_read_points (path, fixed, moving, error))
    return NULL;
  if (!pmt_fit_points ((int) fixed->len, (PmtPoint *) fixed->data, (PmtPoint *) moving->data, &matrix, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("points");
  transform = pmt_transform_append_matrix (empty, &matrix, moving_size, &provenance, error);
  pmt_provenance_clear (&provenance);
  return transform;
}
