/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points-loupe.h"

#include "i18n.h"
#include "preview-area.h"

#define SIDE     130       /* px of the desktop */
#define SCALE    6.0       /* px of the screen a pixel */
#define NEEDED   3.0       /* a view of this scale shows enough itself */
#define KEY      "pmt-points-loupe"

typedef struct
{
  PmtTool   *tool;
  gboolean   of_fixed;
  GtkWidget *view, *area;
  gboolean   pointed;         /* the pointer has been in the view */
} Loupe;

/* The point to look at; FALSE where there is none. */
static gboolean
find_place (const Loupe *self, PmtPoint *place)
{
  const PmtTool *tool = self->tool;
  const PmtPair *pair = pmt_point_list_find (tool->points->list, tool->active);

  if (tool->pending && tool->pending_fixed == self->of_fixed)
    {
      *place = tool->pending_at;
      return TRUE;
    }
  if (pair != NULL)
    *place = self->of_fixed ? pair->fixed : pair->moving;
  return pair != NULL;
}

static void
zoomed (gpointer data)
{
}

/* A cross that leaves the place itself free, and an edge. */
static void
paint (cairo_t *cr, const PmtView *view, gpointer data)
{
  PmtPoint place, at;
  int width = view->area.width, height = view->area.height;

  if (!find_place (data, &place))
    return;
  at = pmt_view_to_area (view, place);
  for (int pass = 0; pass < 2; pass++)
    {
      cairo_set_line_width (cr, pass == 0 ? 3 : 1);
      if (pass == 0)
        cairo_set_source_rgba (cr, 0, 0, 0, 0.7);
      else
        cairo_set_source_rgb (cr, 1, 0.85, 0.1);
      cairo_move_to (cr, at.x, 0);
      cairo_line_to (cr, at.x, at.y - 4);
      cairo_move_to (cr, at.x, at.y + 4);
      cairo_line_to (cr, at.x, height);
      cairo_move_to (cr, 0, at.y);
      cairo_line_to (cr, at.x - 4, at.y);
      cairo_move_to (cr, at.x + 4, at.y);
      cairo_line_to (cr, width, at.y);
      cairo_rectangle (cr, 0.5, 0.5, width - 1, height - 1);
      cairo_stroke (cr);
    }
}

/* Out of the way: on the left while somebody is on the right. */
static void
keep_clear (Loupe *self, double x)
{
  gtk_widget_set_halign (self->area, x > gtk_widget_get_allocated_width (self->view) / 2.0 ? GTK_ALIGN_START : GTK_ALIGN_END);
}

static gboolean
happened (GtkWidget *view, GdkEvent *event, gpointer data)
{
  Loupe *self = data;

  if (event->type == GDK_MOTION_NOTIFY)
    {
      self->pointed = TRUE;
      keep_clear (self, event->motion.x);
    }
  return GDK_EVENT_PROPAGATE;
}

static void
update (Loupe *self)
{
  PmtPoint place;
  gboolean shown = find_place (self, &place) && pmt_preview_area_get_view (self->view)->scale < NEEDED;

  gtk_widget_set_visible (self->area, shown);
  if (!shown)
    return;
  pmt_preview_area_look_at (self->area, place, SCALE);
  if (!self->pointed)
    keep_clear (self, pmt_view_to_area (pmt_preview_area_get_view (self->view), place).x
                        / gtk_widget_get_scale_factor (self->view));
}

GtkWidget *
pmt_points_loupe_new (PmtTool *tool, gboolean of_fixed, GtkWidget *view)
{
  static const PmtPreviewAreaFuncs funcs = { .zoomed = zoomed, .paint = paint };
  GtkWidget *overlay = gtk_overlay_new ();
  Loupe *self = g_new0 (Loupe, 1);

  self->tool = tool;
  self->of_fixed = of_fixed;
  self->view = view;
  self->area = pmt_preview_area_new (&funcs, self);
  gtk_widget_set_has_window (self->area, FALSE);
  gtk_widget_set_can_focus (self->area, FALSE);
  gtk_widget_set_size_request (self->area, SIDE, SIDE);
  gtk_widget_set_halign (self->area, GTK_ALIGN_END);
  gtk_widget_set_valign (self->area, GTK_ALIGN_END);
  gtk_widget_set_no_show_all (self->area, TRUE);
  atk_object_set_name (gtk_widget_get_accessible (self->area), _("Loupe"));
  pmt_preview_area_show (self->area, of_fixed ? tool->points->fixed_view : tool->points->moving_view, NULL);
  gtk_container_add (GTK_CONTAINER (overlay), view);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->area);
  gtk_overlay_set_overlay_pass_through (GTK_OVERLAY (overlay), self->area, TRUE);
  g_signal_connect (view, "event", G_CALLBACK (happened), self);
  g_object_set_data_full (G_OBJECT (overlay), KEY, self, g_free);
  return overlay;
}

void
pmt_points_loupe_update (GtkWidget *loupe)
{
  update (g_object_get_data (G_OBJECT (loupe), KEY));
}
