/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "align-window.h"

#include <libgimp/gimpui.h>

#include "layer-chooser.h"
#include "plug-in.h"
#include "preview.h"

#define RESPONSE_APPLY  1
#define OVERLAY_SIZE    1400     /* px: more than the preview is likely to get */
#define LIST_WIDTH      320
#define RESULTS_WIDTH   1040     /* of the window, where the screen has room for it */
#define RESULTS_HEIGHT  640

typedef struct
{
  PmtAlignment *alignment;
  PmtJob       *job;
  gboolean      working;       /* fitting: Cancel asks the job to stop */
  GtkWidget    *window, *title, *bar, *box, *preview;
} Window;

static char *
time_left (int seconds)
{
  if (seconds >= 60)
    return g_strdup_printf (ngettext ("about %d minute left", "about %d minutes left", (gulong) seconds / 60),
                            seconds / 60);
  return g_strdup_printf (ngettext ("about %d second left", "about %d seconds left", (gulong) seconds), seconds);
}

static void
show_progress (const char *text, double fraction, int seconds_left, gpointer data)
{
  Window *self = data;
  g_autofree char *line = NULL;

  if (seconds_left > 0)
    {
      g_autofree char *left = time_left (seconds_left);

      line = text != NULL ? g_strdup_printf (_("%s (%s)"), text, left) : g_steal_pointer (&left);
    }
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), CLAMP (fraction, 0, 1));
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->bar), line != NULL ? line : text != NULL ? text : "");
}

static void
responded (GtkDialog *dialog, int response, gpointer data)
{
  Window *self = data;

  if (!self->working || response == GTK_RESPONSE_HELP)
    return;
  gtk_label_set_text (GTK_LABEL (self->title), _("Cancelling…"));
  gtk_dialog_set_response_sensitive (dialog, GTK_RESPONSE_CANCEL, FALSE);
  pmt_job_cancel (self->job);
}

/* Closing the window while it works means Cancel; the window goes when the work has ended. */
static gboolean
close_asked (GtkWidget *widget, GdkEvent *event, gpointer data)
{
  Window *self = data;

  if (!self->working)
    return FALSE;
  responded (GTK_DIALOG (widget), GTK_RESPONSE_CANCEL, self);
  return TRUE;
}

static void
build (Window *self)
{
  GtkWidget *content;

  self->window = gimp_dialog_new (_("Aligning Layers"), "pentimento-aligning", NULL, 0, gimp_standard_help_func,
                                  "plug-in-pentimento-align-layers", _("_Cancel"), GTK_RESPONSE_CANCEL,
                                  _("_Apply"), RESPONSE_APPLY, NULL);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_APPLY, FALSE);
  content = gtk_dialog_get_content_area (GTK_DIALOG (self->window));
  self->title = gtk_label_new (_("Comparing the pictures. Nothing has been changed yet."));
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_label_set_line_wrap (GTK_LABEL (self->title), TRUE);
  self->bar = gtk_progress_bar_new ();
  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (self->bar), TRUE);
  gtk_progress_bar_set_ellipsize (GTK_PROGRESS_BAR (self->bar), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_size_request (self->bar, 460, -1);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_container_set_border_width (GTK_CONTAINER (self->box), 12);
  gtk_box_pack_start (GTK_BOX (self->box), self->title, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (self->box), self->bar, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), self->box, TRUE, TRUE, 0);
  g_signal_connect (self->window, "response", G_CALLBACK (responded), self);
  g_signal_connect (self->window, "delete-event", G_CALLBACK (close_asked), self);
  gimp_window_set_transient (GTK_WINDOW (self->window));
  gtk_window_set_position (GTK_WINDOW (self->window), GTK_WIN_POS_CENTER_ALWAYS);   /* it grows with the results */
  gtk_widget_show_all (self->box);
  gtk_widget_grab_focus (gtk_dialog_get_widget_for_response (GTK_DIALOG (self->window), GTK_RESPONSE_CANCEL));
  gtk_window_present (GTK_WINDOW (self->window));
}

static const char *
icon_of (const PmtAlignItem *item)
{
  const char *verdict = pmt_align_item_verdict (item);

  if (g_strcmp0 (verdict, "ok") == 0)
    return "pentimento-ok";
  if (g_strcmp0 (verdict, "uncertain") == 0)
    return "pentimento-uncertain";
  return g_strcmp0 (verdict, "failed") == 0 ? "pentimento-failed" : "pentimento-skipped";
}

static gboolean
can_apply (const PmtAlignItem *item)
{
  return item->refusal == NULL && item->registration != NULL
         && item->registration->verdict != PMT_VERDICT_FAILED;
}

static void
settle_apply (Window *self)
{
  gboolean any = FALSE;

  for (guint i = 0; i < self->alignment->items->len; i++)
    any |= ((PmtAlignItem *) g_ptr_array_index (self->alignment->items, i))->wanted;
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_APPLY, any);
}

static void
toggled (GtkToggleButton *button, gpointer data)
{
  PmtAlignItem *item = g_object_get_data (G_OBJECT (button), "item");

  item->wanted = gtk_toggle_button_get_active (button);
  settle_apply (data);
}

static GtkWidget *
wrapped_label (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_line_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (GTK_LABEL (label), 20);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 20);
  return label;
}

static GtkWidget *
result_new (Window *self, PmtAlignItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10), *text = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *row = gtk_list_box_row_new (), *icon = pmt_icon_new (icon_of (item), 28), *name, *check;
  g_autofree char *sentence = pmt_align_item_summary (item, FALSE);
  g_autofree char *markup = g_markup_printf_escaped ("<b>%s</b>", item->name);
  g_autofree char *spoken = g_strdup_printf (_("%s: %s"), item->name, sentence);

  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  name = gtk_label_new (NULL);
  gtk_label_set_markup (GTK_LABEL (name), markup);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  check = gtk_check_button_new_with_mnemonic (_("_Use this result"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), item->wanted);
  g_object_set_data (G_OBJECT (check), "item", item);
  g_signal_connect (check, "toggled", G_CALLBACK (toggled), self);
  gtk_box_pack_start (GTK_BOX (text), name, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (text), wrapped_label (sentence), FALSE, FALSE, 0);
  if (can_apply (item))
    gtk_box_pack_start (GTK_BOX (text), check, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), icon, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), text, TRUE, TRUE, 0);
  gtk_container_set_border_width (GTK_CONTAINER (box), 8);
  gtk_container_add (GTK_CONTAINER (row), box);
  g_object_set_data (G_OBJECT (row), "item", item);
  atk_object_set_name (gtk_widget_get_accessible (row), spoken);
  return row;
}

static void
row_selected (GtkListBox *list, GtkListBoxRow *row, gpointer data)
{
  Window *self = data;
  const PmtAlignItem *item = row != NULL ? g_object_get_data (G_OBJECT (row), "item") : NULL;

  if (item != NULL)
    pmt_preview_show (self->preview, item->overlay, item->name, _("There is nothing to show for this layer."));
}

/* The layer to look at first: the uppermost that is uncertain, else that fits, else the first. */
static guint
most_interesting (const PmtAlignment *alignment)
{
  static const char *const order[] = { "uncertain", "ok", "failed" };

  for (guint o = 0; o < G_N_ELEMENTS (order); o++)
    for (guint i = 0; i < alignment->items->len; i++)
      {
        const PmtAlignItem *item = g_ptr_array_index (alignment->items, i);

        if (item->overlay != NULL && g_strcmp0 (pmt_align_item_verdict (item), order[o]) == 0)
          return i;
      }
  return 0;
}

static GtkWidget *
list_new (Window *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL), *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_BROWSE);
  atk_object_set_name (gtk_widget_get_accessible (list), _("Layers"));
  for (guint i = 0; i < self->alignment->items->len; i++)
    gtk_container_add (GTK_CONTAINER (list), result_new (self, g_ptr_array_index (self->alignment->items, i)));
  pmt_list_paint_plainly (list);
  g_signal_connect (list, "row-selected", G_CALLBACK (row_selected), self);
  gtk_list_box_select_row (GTK_LIST_BOX (list),
                           gtk_list_box_get_row_at_index (GTK_LIST_BOX (list),
                                                          (int) most_interesting (self->alignment)));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scrolled), GTK_SHADOW_IN);
  gtk_widget_set_size_request (scrolled, LIST_WIDTH, -1);
  gtk_container_add (GTK_CONTAINER (scrolled), list);
  return scrolled;
}

static char *
headline (const PmtAlignment *alignment)
{
  guint ok = 0, total = alignment->items->len;

  for (guint i = 0; i < total; i++)
    ok += g_strcmp0 (pmt_align_item_verdict (g_ptr_array_index (alignment->items, i)), "ok") == 0;
  if (ok == total)
    return g_strdup_printf (ngettext ("The layer fits its reference. Apply it?",
                                      "All %u layers fit the reference. Apply them?", total), total);
  return g_strdup_printf (ngettext ("%u of %u layer fits the reference.", "%u of %u layers fit the reference.", total),
                          ok, total);
}

static void
grow (GtkWindow *window)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (window));
  GdkMonitor *monitor = gdk_display_get_monitor_at_window (display, gtk_widget_get_window (GTK_WIDGET (window)));
  GdkRectangle room = { 0, 0, RESULTS_WIDTH, RESULTS_HEIGHT };

  if (monitor != NULL)
    gdk_monitor_get_workarea (monitor, &room);
  gtk_window_resize (window, MIN (RESULTS_WIDTH, room.width * 9 / 10), MIN (RESULTS_HEIGHT, room.height * 85 / 100));
}

static void
show_results (Window *self)
{
  GtkWidget *panes = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL), *apply;
  g_autofree char *title = headline (self->alignment);

  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_widget_hide (self->bar);
  self->preview = pmt_preview_new ();
  gtk_widget_set_margin_start (self->preview, 6);
  gtk_paned_pack1 (GTK_PANED (panes), list_new (self), FALSE, FALSE);
  gtk_paned_pack2 (GTK_PANED (panes), self->preview, TRUE, FALSE);
  gtk_box_pack_start (GTK_BOX (self->box), panes, TRUE, TRUE, 0);
  gtk_widget_show_all (panes);
  grow (GTK_WINDOW (self->window));
  settle_apply (self);
  gtk_dialog_set_default_response (GTK_DIALOG (self->window), RESPONSE_APPLY);
  apply = gtk_dialog_get_widget_for_response (GTK_DIALOG (self->window), RESPONSE_APPLY);
  if (gtk_widget_get_sensitive (apply))
    gtk_widget_grab_focus (apply);
}

gboolean
pmt_align_window_run (PmtAlignment *alignment, GError **error)
{
  Window self = { .alignment = alignment, .working = TRUE };
  g_autoptr (PmtJob) job = pmt_job_new (show_progress, &self);
  gboolean fitted, confirmed = FALSE;

  self.job = job;
  build (&self);
  alignment->overlay_size = OVERLAY_SIZE;
  fitted = pmt_alignment_fit (alignment, job, error);
  self.working = FALSE;
  if (fitted)
    {
      show_results (&self);
      confirmed = gtk_dialog_run (GTK_DIALOG (self.window)) == RESPONSE_APPLY;
      if (!confirmed)
        g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
    }
  gtk_widget_destroy (self.window);
  return confirmed;
}
