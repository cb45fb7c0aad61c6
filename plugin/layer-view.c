/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer-view.h"

#include "i18n.h"
#include "pixels.h"

#define READ_SHARE 0.6      /* of the time that copying takes */

typedef struct
{
  PmtSource  *source;
  int         size;
  PmtOverlay *view;
} Look;

static gboolean
look (PmtContext *context, gpointer data, GError **error)
{
  Look *self = data;

  pmt_context_stage (context, N_("reading the images"), 0, 1);
  self->view = pmt_overlay_new_alone (context, self->source, self->size, error);
  return self->view != NULL;
}

PmtOverlay *
pmt_layer_view_new (GimpLayer *layer, const char *name, int size, double from, double to, PmtJob *job, GError **error)
{
  double middle = from + READ_SHARE * (to - from);
  g_autoptr (GeglBuffer) copy = NULL;
  g_autoptr (PmtSource) source = NULL;
  Look work = { .size = size };

  pmt_job_set_part (job, name, from, middle);
  copy = pmt_pixels_copy (GIMP_DRAWABLE (layer), job, error);
  if (copy == NULL || (source = pmt_pixels_match_source (copy, error)) == NULL)
    return NULL;
  work.source = source;
  pmt_job_set_part (job, name, middle, to);
  return pmt_job_run (job, look, &work, error) ? work.view : NULL;
}
