/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Three views of one map: the reference, the layer, and one on the other. Moving in one moves the others. */

#include "points-window.h"

#include <gdk/gdkkeysyms.h>
#include <libgimp/gimpui.h>
#include <math.h>

#include "i18n.h"
#include "layer-chooser.h"
#include "layers.h"
#include "light-button.h"
#include "points-controls.h"
#include "points-guide.h"
#include "points-loupe.h"
#include "points-table.h"
#include "points-tool.h"
#include "points-view.h"
#include "preview-area.h"
#include "preview.h"
#include "work-bar.h"

#define RESPONSE_APPLY   1
#define RESPONSE_OTHER   2       /* another reference */
#define WIDTH            1240    /* of the window, where the screen has room for it */
#define HEIGHT           800
#define SIDE_WIDTH       350
#define TEXT_HEIGHT      54      /* three lines */
#define DRAFT_MS         1000    /* after a change, until the draft is kept */

typedef struct
{
  PmtPoints    *points;
  PmtTool       tool;
  PmtTransform *map;             /* what the views show */
  PmtJob       *job;             /* at work; NULL */
  GimpLayer    *other;           /* the reference that was chosen in place of ours */
  guint         idle, draft;
  gboolean      linking;         /* views are being moved by us */
  gboolean      stopped;         /* the answer to the window was meant for the job */
  GtkWidget    *window, *body, *chooser, *views[2], *loupes[2], *result, *table, *controls, *guide, *figures, *said, *bar;
} Window;

static void refresh (Window *self);

/* -- linked views -- */

enum { OF_FIXED, OF_MOVING };

static double
growth (const PmtTransform *map, PmtPoint at)
{
  double j[2][2];

  return pmt_transform_jacobian (map, at, j) ? sqrt (fabs (j[0][0] * j[1][1] - j[0][1] * j[1][0])) : 1;
}

static void
update_loupes (Window *self)
{
  for (int i = 0; i < 2; i++)
    pmt_points_loupe_update (self->loupes[i]);
}

/* All views show the place of the reference and what lies there, one of the screen's sizes; but `except`. */
static void
look_at (Window *self, PmtPoint fixed, double scale, const GtkWidget *except)
{
  GtkWidget *result = pmt_preview_get_area (self->result);
  double grow = growth (self->map, fixed);
  PmtPoint moving;

  pmt_transform_map (self->map, 1, &fixed, &moving);
  self->linking = TRUE;
  if (except != self->views[OF_FIXED])
    pmt_preview_area_look_at (self->views[OF_FIXED], fixed, scale);
  if (except != result)
    pmt_preview_area_look_at (result, fixed, scale);
  if (except != self->views[OF_MOVING] && isfinite (moving.x) && grow > 0)
    pmt_preview_area_look_at (self->views[OF_MOVING], moving, scale / grow);
  self->linking = FALSE;
  update_loupes (self);
}

static void
view_moved (GtkWidget *view, gpointer data)
{
  Window *self = data;
  const PmtView *of = pmt_preview_area_get_view (view);
  PmtPoint fixed = of->centre;
  double scale = of->scale;

  if (self->linking)
    return;
  if (view == self->views[OF_MOVING])
    {
      if (!pmt_tool_map_back (self->map, of->centre, pmt_preview_area_get_view (self->views[OF_FIXED])->centre, &fixed))
        return;
      scale *= growth (self->map, fixed);
    }
  look_at (self, fixed, scale, view);
}

static void
result_moved (gpointer data)
{
  Window *self = data;

  view_moved (pmt_preview_get_area (self->result), self);
}

/* -- what the tool tells -- */

static gboolean
keep_draft (gpointer data)
{
  Window *self = data;

  self->draft = 0;
  pmt_points_save_draft (self->points);
  return G_SOURCE_REMOVE;
}

static gboolean
refresh_idle (gpointer data)
{
  Window *self = data;

  self->idle = 0;
  refresh (self);
  return G_SOURCE_REMOVE;
}

static void
changed (gpointer data)
{
  Window *self = data;

  pmt_points_view_update (self->views[OF_FIXED]);
  pmt_points_view_update (self->views[OF_MOVING]);
  update_loupes (self);
  if (self->idle == 0)
    self->idle = g_idle_add (refresh_idle, self);
  if (self->draft == 0)
    self->draft = g_timeout_add (DRAFT_MS, keep_draft, self);
}

static void
said (const char *sentence, gpointer data)
{
  gtk_label_set_text (GTK_LABEL (((Window *) data)->said), sentence);
}

static gboolean
is_seen (GtkWidget *view, PmtPoint place)
{
  const PmtView *of = pmt_preview_area_get_view (view);
  PmtPoint at = pmt_view_to_area (of, place);
  double margin = 0.1 * MIN (of->area.width, of->area.height);

  return at.x >= margin && at.y >= margin && at.x <= of->area.width - margin && at.y <= of->area.height - margin;
}

/* Brings the pair where it can be seen in both pictures, if it can't. */
static void
found (guint id, gpointer data)
{
  Window *self = data;
  const PmtPair *pair = pmt_point_list_find (self->points->list, id);
  double scale = pmt_preview_area_get_view (self->views[OF_FIXED])->scale;

  if (pair == NULL || (is_seen (self->views[OF_FIXED], pair->fixed) && is_seen (self->views[OF_MOVING], pair->moving)))
    return;
  look_at (self, pair->fixed, scale, NULL);
  self->linking = TRUE;
  pmt_preview_area_look_at (self->views[OF_MOVING], pair->moving, pmt_preview_area_get_view (self->views[OF_MOVING])->scale);
  self->linking = FALSE;
}

/* -- showing what there is -- */

static void
show_result (Window *self)
{
  gboolean by_points;
  g_autoptr (PmtOverlay) overlay = NULL;
  g_autoptr (PmtTransform) map = pmt_points_get_map (self->points, &by_points);

  pmt_transform_unref (self->map);
  self->map = g_steal_pointer (&map);
  overlay = pmt_overlay_new_of (NULL, self->points->fixed_view, self->points->moving_view, self->points->start, self->map,
                                NULL);
  if (overlay != NULL)
    {
      overlay->passing = TRUE;
      overlay->sampler = self->points->sampler;
    }
  pmt_preview_show (self->result, overlay, self->points->layer_name, _("There is nothing to show for this layer."));
}

static void
refresh (Window *self)
{
  gboolean by_points, can_apply;
  g_autoptr (PmtTransform) map = pmt_points_get_map (self->points, &by_points);
  g_autofree char *figures = pmt_points_figures (self->points);

  can_apply = by_points || pmt_point_list_get_fit (self->points->list, NULL) != NULL;
  show_result (self);
  pmt_points_table_update (self->table);
  pmt_points_controls_update (self->controls);
  gtk_label_set_text (GTK_LABEL (self->guide), pmt_points_guide (&self->tool));
  gtk_label_set_text (GTK_LABEL (self->figures), figures);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_APPLY, can_apply && self->job == NULL);
}

/* -- the automatic fit -- */

static void
set_busy (Window *self, PmtJob *job)
{
  self->job = job;
  gtk_widget_set_sensitive (self->body, job == NULL);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_APPLY, FALSE);
  gtk_widget_set_visible (self->bar, job != NULL);
  gtk_widget_set_visible (self->said, job == NULL);
  gtk_label_set_text (GTK_LABEL (self->said), "");
}

static void
work (Window *self, gboolean refine)
{
  g_autoptr (PmtJob) job = pmt_job_new (pmt_work_bar_tell, self->bar);
  g_autoptr (GError) error = NULL;
  g_autofree char *sentence = NULL;
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self->window));
  gboolean done;
  guint added = 0;

  set_busy (self, job);
  done = refine ? pmt_points_refine (self->points, job, &error) : pmt_points_find (self->points, job, &added, &error);
  set_busy (self, NULL);
  if (focus != NULL)
    gtk_widget_grab_focus (focus);
  if (!done)
    sentence = g_error_matches (error, PMT_ERROR, PMT_ERROR_CANCELLED) ? g_strdup (_("Stopped.")) : g_strdup (error->message);
  else if (!refine)
    sentence = added > 0 ? g_strdup_printf (ngettext ("%u pair was added.", "%u pairs were added.", added), added)
                         : g_strdup (_("No further point is sure."));
  else
    sentence = g_strdup (self->points->refined->verdict == PMT_VERDICT_OK ? _("Refined. Look at the result, then apply it.")
                                                                          : _("Refined, but uncertain: look at it closely."));
  if (done && !refine && added > 0)
    pmt_tool_changed (&self->tool);
  refresh (self);
  said (sentence, self);
}

static void
find_asked (gpointer data)
{
  work (data, FALSE);
}

static void
refine_asked (gpointer data)
{
  work (data, TRUE);
}

/* -- the window -- */

/* While the automatic fit works, Cancel, Escape and closing the window stop that alone. */
static void
responded (GtkDialog *dialog, int response, gpointer data)
{
  Window *self = data;

  if (self->job == NULL || response == GTK_RESPONSE_HELP)
    return;
  self->stopped = TRUE;
  pmt_job_cancel (self->job);
}

/* Before the part that has the focus: undoing is the same everywhere. */
static gboolean
key_pressed (GtkWidget *widget, GdkEventKey *event, gpointer data)
{
  Window *self = data;
  gboolean shift = (event->state & GDK_SHIFT_MASK) != 0;
  guint key = gdk_keyval_to_lower (event->keyval);

  if (self->job != NULL || (event->state & GDK_CONTROL_MASK) == 0 || (key != GDK_KEY_z && key != GDK_KEY_y))
    return FALSE;
  if (key == GDK_KEY_y || shift)
    pmt_tool_redo (&self->tool);
  else
    pmt_tool_undo (&self->tool);
  return TRUE;
}

static void
reference_chosen (GtkComboBox *combo, gpointer data)
{
  Window *self = data;
  GimpLayer *chosen = pmt_layer_chooser_get_active (GTK_WIDGET (combo));

  if (chosen == NULL || pmt_layer_equal (chosen, self->points->reference))
    return;
  self->other = chosen;
  gtk_dialog_response (GTK_DIALOG (self->window), RESPONSE_OTHER);
}

/* Layers that the layer could lie on. */
static GtkWidget *
chooser_new (Window *self)
{
  g_autoptr (GPtrArray) all = pmt_layers_in_order (self->points->image), fit = g_ptr_array_new ();
  GimpLayer *active = NULL;

  for (guint i = 0; i < all->len; i++)
    {
      GimpLayer *layer = g_ptr_array_index (all, i);

      if (pmt_layer_equal (layer, self->points->layer) || pmt_layer_is_inside (layer, self->points->layer)
          || pmt_layer_is_inside (self->points->layer, layer))
        continue;
      if (pmt_layer_equal (layer, self->points->reference))
        active = layer;
      g_ptr_array_add (fit, layer);
    }
  self->chooser = pmt_layer_chooser_new (fit, active, NULL, NULL);
  atk_object_set_name (gtk_widget_get_accessible (self->chooser), _("Reference"));
  g_signal_connect (self->chooser, "changed", G_CALLBACK (reference_chosen), self);
  return self->chooser;
}

static GtkWidget *
left_label (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 30);
  return label;
}

/* heads: what all the lines above pictures are as high as. */
static GtkWidget *
pane_new (const char *title, GtkWidget *beside, GtkWidget *view, GtkWidget *loupe, const char *name, GtkSizeGroup *heads)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4), *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *frame = gtk_frame_new (NULL), *label = gtk_label_new_with_mnemonic (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), beside == NULL ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_NONE);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), view);
  gtk_box_pack_start (GTK_BOX (head), label, beside == NULL, beside == NULL, 0);
  if (beside != NULL)
    gtk_box_pack_start (GTK_BOX (head), beside, TRUE, TRUE, 0);
  gtk_box_pack_end (GTK_BOX (head), pmt_light_button_new (view, name), FALSE, FALSE, 0);
  gtk_container_add (GTK_CONTAINER (frame), loupe);
  gtk_size_group_add_widget (heads, head);
  gtk_box_pack_start (GTK_BOX (box), head, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), frame, TRUE, TRUE, 0);
  return box;
}

static GtkWidget *
pictures_new (Window *self)
{
  GtkWidget *panes = gtk_paned_new (GTK_ORIENTATION_VERTICAL), *both = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *left, *right;
  g_autoptr (GtkSizeGroup) heads = gtk_size_group_new (GTK_SIZE_GROUP_VERTICAL);
  g_autofree char *title = g_strdup_printf (_("_Layer: %s"), self->points->layer_name);

  for (int i = 0; i < 2; i++)
    {
      self->views[i] = pmt_points_view_new (&self->tool, i == OF_FIXED, view_moved, self);
      gtk_widget_set_size_request (self->views[i], 240, 180);
      self->loupes[i] = pmt_points_loupe_new (&self->tool, i == OF_FIXED, self->views[i]);
    }
  left = pane_new (_("_Reference"), chooser_new (self), self->views[OF_FIXED], self->loupes[OF_FIXED],
                   self->points->reference_name, heads);
  right = pane_new (title, NULL, self->views[OF_MOVING], self->loupes[OF_MOVING], self->points->layer_name, heads);
  gtk_box_set_homogeneous (GTK_BOX (both), TRUE);
  gtk_box_pack_start (GTK_BOX (both), left, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (both), right, TRUE, TRUE, 0);
  self->result = pmt_preview_new ();
  gtk_widget_set_size_request (pmt_preview_get_area (self->result), 240, 160);
  gtk_widget_set_margin_top (self->result, 6);
  pmt_preview_follow (self->result, result_moved, self);
  gtk_paned_pack1 (GTK_PANED (panes), both, TRUE, FALSE);
  gtk_paned_pack2 (GTK_PANED (panes), self->result, TRUE, FALSE);
  return panes;
}

static GtkWidget *
side_new (Window *self)
{
  const PmtControlsFuncs funcs = { find_asked, refine_asked };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);

  self->guide = left_label (NULL);
  self->figures = left_label (NULL);
  gtk_label_set_yalign (GTK_LABEL (self->guide), 0);
  gtk_label_set_yalign (GTK_LABEL (self->figures), 0);
  gtk_widget_set_size_request (self->guide, -1, TEXT_HEIGHT);      /* so that nothing jumps when they change */
  gtk_widget_set_size_request (self->figures, -1, TEXT_HEIGHT);
  self->table = pmt_points_table_new (&self->tool);
  self->controls = pmt_points_controls_new (&self->tool, &funcs, self);
  gtk_widget_set_size_request (box, SIDE_WIDTH, -1);
  gtk_widget_set_margin_start (box, 8);
  gtk_box_pack_start (GTK_BOX (box), self->guide, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->table, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->controls, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->figures, FALSE, FALSE, 0);
  return box;
}

static void
resize (GtkWindow *window)
{
  GdkMonitor *monitor = gdk_display_get_primary_monitor (gtk_widget_get_display (GTK_WIDGET (window)));
  GdkRectangle room = { 0, 0, WIDTH, HEIGHT };

  if (monitor != NULL)
    gdk_monitor_get_workarea (monitor, &room);
  gtk_window_set_default_size (window, MIN (WIDTH, room.width * 97 / 100), MIN (HEIGHT, room.height * 93 / 100));
}

static void
build (Window *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);

  self->window = gimp_dialog_new (_("Align with Control Points"), "pentimento-points", NULL, 0, gimp_standard_help_func,
                                  "plug-in-pentimento-align-points", _("_Cancel"), GTK_RESPONSE_CANCEL, _("_Apply"),
                                  RESPONSE_APPLY, NULL);
  self->body = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_paned_pack1 (GTK_PANED (self->body), pictures_new (self), TRUE, FALSE);
  gtk_paned_pack2 (GTK_PANED (self->body), side_new (self), FALSE, FALSE);
  self->said = left_label (NULL);
  gtk_label_set_max_width_chars (GTK_LABEL (self->said), 120);
  self->bar = pmt_work_bar_new ();
  gtk_container_set_border_width (GTK_CONTAINER (box), 10);
  gtk_box_pack_start (GTK_BOX (box), self->body, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->said, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->bar, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (self->window))), box, TRUE, TRUE, 0);
  g_signal_connect (self->window, "response", G_CALLBACK (responded), self);
  g_signal_connect (self->window, "key-press-event", G_CALLBACK (key_pressed), self);
  resize (GTK_WINDOW (self->window));
  gimp_window_set_transient (GTK_WINDOW (self->window));
  gtk_widget_show_all (box);
  gtk_widget_hide (self->bar);
}

/* Until it is applied or left. */
static int
ask (Window *self)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      int response = gtk_dialog_run (GTK_DIALOG (self->window));

      if (self->stopped || response == GTK_RESPONSE_HELP)
        {
          self->stopped = FALSE;
          continue;
        }
      if (response != RESPONSE_APPLY || pmt_points_apply (self->points, &error))
        return response;
      said (error->message, self);
    }
}

gboolean
pmt_points_window_run (PmtPoints *points, GimpLayer **reference)
{
  static const PmtToolFuncs funcs = { changed, said, found };
  Window self = { .points = points };
  gboolean by_points;
  int response;

  gimp_ui_init ("pentimento");
  pmt_tool_init (&self.tool, points, &funcs, &self);
  self.map = pmt_points_get_map (points, &by_points);
  build (&self);
  refresh (&self);
  gtk_widget_grab_focus (self.views[OF_FIXED]);
  response = ask (&self);
  g_clear_handle_id (&self.idle, g_source_remove);
  if (self.draft != 0)
    {
      g_source_remove (self.draft);
      if (response != RESPONSE_APPLY)
        pmt_points_save_draft (points);
    }
  gtk_widget_destroy (self.window);
  pmt_transform_unref (self.map);
  *reference = self.other;
  return response == RESPONSE_APPLY;
}
