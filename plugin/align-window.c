/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "align-window.h"

#include <libgimp/gimpui.h>

#include "layer-chooser.h"
#include "overlay.h"
#include "plug-in.h"

#define RESPONSE_APPLY  1
#define MAX_LIST_HEIGHT 560
#define OVERLAY_SIZE    180

typedef struct
{
  PmtAlignment *alignment;
  PmtJob       *job;
  gboolean      working;       /* fitting: Cancel asks the job to stop */
  GtkWidget    *window, *title, *bar, *list;
} Window;

static void
show_progress (const char *text, double fraction, double seconds_left, gpointer data)
{
  Window *self = data;
  g_autofree char *line = NULL;

  if (seconds_left >= 1.5)
    line = g_strdup_printf (ngettext ("%s (%d second left)", "%s (%d seconds left)", (gulong) (seconds_left + 0.5)),
                            text != NULL ? text : "", (int) (seconds_left + 0.5));
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), CLAMP (fraction, 0, 1));
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->bar), line != NULL ? line : text);
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
  GtkWidget *content, *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

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
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), self->title, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->bar, FALSE, FALSE, 0);
  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_box_pack_start (GTK_BOX (content), box, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->list, TRUE, TRUE, 0);
  g_signal_connect (self->window, "response", G_CALLBACK (responded), self);
  g_signal_connect (self->window, "delete-event", G_CALLBACK (close_asked), self);
  gimp_window_set_transient (GTK_WINDOW (self->window));
  gtk_window_set_position (GTK_WINDOW (self->window), GTK_WIN_POS_CENTER_ALWAYS);   /* it grows with the results */
  gtk_widget_show_all (box);
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
picture_new (GdkPixbuf *pixbuf, const char *caption)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *label = gtk_label_new (caption);

  gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
  gtk_box_pack_start (GTK_BOX (box), gtk_image_new_from_pixbuf (pixbuf), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), label, FALSE, FALSE, 0);
  gtk_widget_set_valign (box, GTK_ALIGN_START);
  return box;
}

static void
add_pictures (GtkWidget *row, const PmtAlignItem *item)
{
  g_autoptr (GdkPixbuf) before = NULL, after = NULL;

  if (item->overlay == NULL)
    return;
  before = pmt_overlay_to_pixbuf (item->overlay, FALSE);
  after = pmt_overlay_to_pixbuf (item->overlay, TRUE);
  gtk_box_pack_start (GTK_BOX (row), picture_new (before, _("Before")), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), picture_new (after, _("After")), FALSE, FALSE, 0);
}

static GtkWidget *
result_new (Window *self, PmtAlignItem *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *text = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *icon = pmt_icon_new (icon_of (item), 28), *summary, *name, *check;
  g_autofree char *sentence = pmt_align_item_summary (item, FALSE);
  g_autofree char *markup = g_markup_printf_escaped ("<b>%s</b>", item->name);

  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  name = gtk_label_new (NULL);
  gtk_label_set_markup (GTK_LABEL (name), markup);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  summary = gtk_label_new (sentence);
  gtk_label_set_xalign (GTK_LABEL (summary), 0);
  gtk_label_set_line_wrap (GTK_LABEL (summary), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (summary), 40);
  gtk_label_set_max_width_chars (GTK_LABEL (summary), 40);
  gtk_label_set_selectable (GTK_LABEL (summary), TRUE);
  gtk_widget_set_can_focus (summary, FALSE);
  check = gtk_check_button_new_with_mnemonic (_("_Use this result"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), item->wanted);
  g_object_set_data (G_OBJECT (check), "item", item);
  g_signal_connect (check, "toggled", G_CALLBACK (toggled), self);
  gtk_box_pack_start (GTK_BOX (text), name, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (text), summary, FALSE, FALSE, 0);
  if (can_apply (item))
    gtk_box_pack_start (GTK_BOX (text), check, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), icon, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), text, TRUE, TRUE, 0);
  add_pictures (row, item);
  return row;
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
show_results (Window *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL), *rows = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *legend = gtk_label_new (_("In the pictures the reference is red and the layer cyan; where they agree all "
                                       "is grey."));
  g_autofree char *title = headline (self->alignment);
  int height;

  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_widget_hide (self->bar);
  for (guint i = 0; i < self->alignment->items->len; i++)
    gtk_box_pack_start (GTK_BOX (rows), result_new (self, g_ptr_array_index (self->alignment->items, i)), FALSE,
                        FALSE, 0);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_show_all (rows);
  gtk_widget_get_preferred_height (rows, NULL, &height);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), MIN (height, MAX_LIST_HEIGHT));
  gtk_container_add (GTK_CONTAINER (scrolled), rows);
  gtk_label_set_xalign (GTK_LABEL (legend), 0);
  gtk_style_context_add_class (gtk_widget_get_style_context (legend), "dim-label");
  gtk_box_pack_start (GTK_BOX (self->list), scrolled, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (self->list), legend, FALSE, FALSE, 0);
  gtk_widget_show_all (self->list);
  settle_apply (self);
  gtk_dialog_set_default_response (GTK_DIALOG (self->window), RESPONSE_APPLY);
  gtk_widget_grab_focus (gtk_dialog_get_widget_for_response (GTK_DIALOG (self->window), RESPONSE_APPLY));
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
