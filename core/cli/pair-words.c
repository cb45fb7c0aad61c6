/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands that register pairs of images have in common before they begin. */
#include "command.h"

gboolean
command_read_pair_words (const Command *command, const PairWords *w, PmtRegisterOptions *r, int *status)
{
  g_autoptr (GError) error = NULL;

  r->preparation = w->preparation;
  if (w->model != NULL && !pmt_model_from_nick (w->model, &r->model))
    *status = command_usage (command, "--model is auto, translation, rigid, similarity, affine, homography, smooth or "
                             "deformable, not “%s”", w->model);
  else if (w->modality != NULL && !pmt_modality_from_nick (w->modality, &r->modality))
    *status = command_usage (command, "--modality is auto, same or different, not “%s”", w->modality);
  else if (w->search != NULL && !pmt_search_from_nick (w->search, &r->search))
    *status = command_usage (command, "--search is auto, frontal, upright or local, not “%s”", w->search);
  else if (!pmt_preparation_check (w->preparation, &error))
    *status = command_usage (command, "--preparation: %s", error->message);
  else
    return TRUE;
  return FALSE;
}

gboolean
command_open_source (const char *path, VipsImage **image, PmtSource **source, GError **error)
{
  g_autoptr (VipsImage) opened = pmt_vips_image_open (path, error);

  if (opened == NULL)
    return FALSE;
  *source = pmt_source_vips_new (opened, PMT_LIGHT_STORED, error);
  if (image != NULL)
    *image = g_object_ref (opened);
  return *source != NULL;
}
