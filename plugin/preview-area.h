/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "overlay.h"
#include "preview-view.h"

G_BEGIN_DECLS

/* The part of a window that shows an overlay: the wheel zooms about the pointer, the primary button pans or pulls the
 * curtain, a double click goes to the image's own pixels and back; + − 0 1 and the arrows do the same without a mouse. */

/* All but the first may be NULL. Places are those of the image. */
typedef struct
{
  void     (*zoomed)  (gpointer data);                    /* the scale has changed */
  void     (*pulled)  (double curtain, gpointer data);    /* the curtain is wanted at 0 … 1 of the width */
  void     (*moved)   (gpointer data);                    /* somebody has moved or zoomed it; not pmt_preview_area_look_at() */
  void     (*clicked) (PmtPoint at, gpointer data);       /* pressed and let go there; there are no double clicks then */
  gboolean (*pressed) (PmtPoint at, gpointer data);       /* TRUE: what follows is not panning but … */
  void     (*dragged) (PmtPoint at, gboolean ended, gpointer data);
  gboolean (*key)     (GdkEventKey *event, gpointer data);      /* TRUE: it was one of the caller's */
  void     (*paint)   (cairo_t *cr, const PmtView *view, gpointer data);      /* over the picture, in pixels of the screen */
} PmtPreviewAreaFuncs;

typedef enum { PMT_ZOOM_IN, PMT_ZOOM_OUT, PMT_ZOOM_FIT, PMT_ZOOM_PIXELS } PmtZoom;

GtkWidget     *pmt_preview_area_new      (const PmtPreviewAreaFuncs *funcs, gpointer data);
/* NULL shows the sentence `nothing` (may be NULL). Another overlay of an image
 * of the same size is shown at the same place. */
void           pmt_preview_area_show     (GtkWidget *area, const PmtOverlay *overlay, const char *nothing);
/* `value`: as in pmt_picture_set_way(). */
void           pmt_preview_area_set_way  (GtkWidget *area, PmtCompareMode mode, double value, gboolean after);
/* As pmt_picture_set_light(). */
void           pmt_preview_area_set_light (GtkWidget *area, double brightness, double contrast, double local);
void           pmt_preview_area_zoom     (GtkWidget *area, PmtZoom zoom);
const PmtView *pmt_preview_area_get_view (GtkWidget *area);
void           pmt_preview_area_look_at  (GtkWidget *area, PmtPoint centre, double scale);

G_END_DECLS
