/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "copy-dialog.h"

#include "layer-chain.h"
#include "layer-chooser.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  GPtrArray *layers;     /* selected */
  GtkWidget *chooser;    /* NULL when no layer of the image is aligned */
  GtkWidget *targets;
} Dialog;

static GPtrArray *
aligned_layers (GimpImage *image)
{
  g_autoptr (GPtrArray) all = pmt_layers_in_order (image);
  GPtrArray *aligned = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    if (pmt_layer_chain_exists (g_ptr_array_index (all, i)))
      g_ptr_array_add (aligned, g_ptr_array_index (all, i));
  return aligned;
}

char *
pmt_copy_dialog_note (GimpLayer *source, GimpLayer *target, gboolean *possible)
{
  GimpDrawable *a = GIMP_DRAWABLE (source), *b = GIMP_DRAWABLE (target);

  *possible = FALSE;
  if (pmt_layer_refusal (target) != NULL)
    return g_strdup_printf (_("Left out: %s."), pmt_layer_refusal (target));
  if (gimp_drawable_get_width (a) != gimp_drawable_get_width (b)
      || gimp_drawable_get_height (a) != gimp_drawable_get_height (b))
    return g_strdup (_("Left out: not of the same size."));
  *possible = TRUE;
  return pmt_layer_chain_exists (target) ? g_strdup (_("Its present alignment is replaced.")) : NULL;
}

static void
fill_targets (GtkWidget *chooser, gpointer data)
{
  Dialog *dialog = data;
  GimpLayer *source = pmt_layer_chooser_get_active (dialog->chooser);

  pmt_container_clear (dialog->targets);
  for (guint i = 0; source != NULL && i < dialog->layers->len; i++)
    {
      GimpLayer *layer = g_ptr_array_index (dialog->layers, i);
      gboolean possible;
      g_autofree char *note = pmt_copy_dialog_note (source, layer, &possible);

      if (!pmt_layer_equal (layer, source))
        gtk_box_pack_start (GTK_BOX (dialog->targets), pmt_layer_row_new (layer, note, 32), FALSE, FALSE, 0);
    }
}

static void
build (GtkWidget *window, Dialog *dialog, GPtrArray *aligned, GimpLayer *source)
{
  GtkWidget *content = gtk_dialog_get_content_area (GTK_DIALOG (window));
  GtkWidget *from = gimp_frame_new (_("Copy the alignment of")), *to = gimp_frame_new (_("to the selected layers"));

  dialog->chooser = pmt_layer_chooser_new (aligned, source, NULL, NULL);
  dialog->targets = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_container_add (GTK_CONTAINER (from), dialog->chooser);
  gtk_container_add (GTK_CONTAINER (to), dialog->targets);
  gtk_container_set_border_width (GTK_CONTAINER (from), 12);
  gtk_container_set_border_width (GTK_CONTAINER (to), 12);
  gtk_box_pack_start (GTK_BOX (content), from, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), to, TRUE, TRUE, 0);
  gtk_widget_show_all (from);
  gtk_widget_show_all (to);
  fill_targets (dialog->chooser, dialog);
  g_signal_connect (dialog->chooser, "changed", G_CALLBACK (fill_targets), dialog);
}

gboolean
pmt_copy_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GPtrArray *layers, GimpLayer **source)
{
  GimpImage *image = gimp_item_get_image (g_ptr_array_index (layers, 0));
  g_autoptr (GPtrArray) aligned = aligned_layers (image);
  Dialog dialog = { .layers = layers };
  GtkWidget *window;
  gboolean confirmed;

  if (aligned->len == 0)      /* the caller says what is missing */
    return TRUE;
  if (*source == NULL)
    *source = g_ptr_array_index (aligned, 0);
  gimp_ui_init ("pentimento");
  window = gimp_dialog_new (_("Copy Alignment to Layers"), "pentimento-copy", NULL, 0, gimp_standard_help_func,
                            gimp_procedure_get_name (procedure), _("_Cancel"), GTK_RESPONSE_CANCEL,
                            _("C_opy"), GTK_RESPONSE_OK, NULL);
  build (window, &dialog, aligned, *source);
  gimp_window_set_transient (GTK_WINDOW (window));
  confirmed = gimp_dialog_run (GIMP_DIALOG (window)) == GTK_RESPONSE_OK;
  *source = pmt_layer_chooser_get_active (dialog.chooser);
  gtk_widget_destroy (window);
  return confirmed;
}
