/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history-copies.h"

#include <libgimp/gimpui.h>

#include "copy-dialog.h"
#include "layer-chooser.h"
#include "layers.h"
#include "plug-in.h"

#define LIST_HEIGHT 220

typedef struct
{
  PmtHistory *history;
  GPtrArray  *layers;      /* of GimpLayer: all others; and the check button of each */
  GPtrArray  *checks;
  GPtrArray  *steps;       /* the check button of each step */
} Dialog;

static gboolean
is_copied (const PmtHistory *history, GimpLayer *layer)
{
  for (guint i = 0; i < history->copies->len; i++)
    if (pmt_layer_equal (((PmtHistoryCopy *) g_ptr_array_index (history->copies, i))->layer, layer))
      return TRUE;
  return FALSE;
}

static GtkWidget *
target_new (Dialog *dialog, GimpLayer *layer)
{
  gboolean possible;
  g_autofree char *note = pmt_copy_dialog_note (dialog->history->layer, layer, &possible);
  GtkWidget *check = gtk_check_button_new ();

  gtk_container_add (GTK_CONTAINER (check), pmt_layer_row_new (layer, note, 32));
  gtk_widget_set_sensitive (check, possible);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), possible && is_copied (dialog->history, layer));
  g_ptr_array_add (dialog->checks, check);
  return check;
}

static GtkWidget *
step_new (Dialog *dialog, int index)
{
  g_autofree char *title = pmt_history_title (pmt_step_list_get_step (dialog->history->steps, index));
  GtkWidget *check = gtk_check_button_new_with_label (title);

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), pmt_step_list_is_on (dialog->history->steps, index));
  g_ptr_array_add (dialog->steps, check);
  return check;
}

static GtkWidget *
framed (const char *title, GtkWidget *box)
{
  GtkWidget *frame = gimp_frame_new (title), *scrolled = gtk_scrolled_window_new (NULL, NULL);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), LIST_HEIGHT);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_container_add (GTK_CONTAINER (scrolled), box);
  gtk_container_add (GTK_CONTAINER (frame), scrolled);
  gtk_container_set_border_width (GTK_CONTAINER (frame), 12);
  gtk_widget_show_all (frame);
  return frame;
}

static void
build (GtkWidget *window, Dialog *dialog)
{
  GtkWidget *content = gtk_dialog_get_content_area (GTK_DIALOG (window));
  GtkWidget *steps = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *targets = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);

  for (int i = 0; i < pmt_step_list_get_length (dialog->history->steps); i++)
    gtk_box_pack_start (GTK_BOX (steps), step_new (dialog, i), FALSE, FALSE, 0);
  for (guint i = 0; i < dialog->layers->len; i++)
    gtk_box_pack_start (GTK_BOX (targets), target_new (dialog, g_ptr_array_index (dialog->layers, i)), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), framed (_("Copy these steps"), steps), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), framed (_("to these layers, when the changes are applied"), targets), TRUE, TRUE, 0);
}

static gboolean
is_checked (GPtrArray *checks, guint index)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (g_ptr_array_index (checks, index)));
}

static void
take (Dialog *dialog)
{
  g_autofree gboolean *chosen = g_new0 (gboolean, MAX (dialog->steps->len, 1));

  for (guint i = 0; i < dialog->steps->len; i++)
    chosen[i] = is_checked (dialog->steps, i);
  for (guint i = 0; i < dialog->layers->len; i++)
    pmt_history_copy_to (dialog->history, g_ptr_array_index (dialog->layers, i), is_checked (dialog->checks, i) ? chosen : NULL);
}

gboolean
pmt_history_copies_run (PmtHistory *history, GtkWindow *parent)
{
  g_autoptr (GPtrArray) layers = pmt_layers_in_order (history->image), checks = g_ptr_array_new (), steps = g_ptr_array_new ();
  Dialog dialog = { history, layers, checks, steps };
  GtkWidget *window;
  gboolean confirmed;

  for (guint i = layers->len; i > 0; i--)
    if (pmt_layer_equal (g_ptr_array_index (layers, i - 1), history->layer))
      g_ptr_array_remove_index (layers, i - 1);
  window = gimp_dialog_new (_("Copy Steps to Layers"), "pentimento-history-copies", GTK_WIDGET (parent), GTK_DIALOG_MODAL,
                            gimp_standard_help_func, "plug-in-pentimento-history", _("_Cancel"), GTK_RESPONSE_CANCEL, _("_OK"),
                            GTK_RESPONSE_OK, NULL);
  build (window, &dialog);
  confirmed = gimp_dialog_run (GIMP_DIALOG (window)) == GTK_RESPONSE_OK;
  if (confirmed)
    take (&dialog);
  gtk_widget_destroy (window);
  return confirmed;
}
