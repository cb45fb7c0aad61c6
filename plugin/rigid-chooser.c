/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rigid-chooser.h"

#include "i18n.h"

enum { COLUMN_NAME, COLUMN_MASKS, COLUMN_CHANNEL, N_COLUMNS };

static void
append (GtkListStore *store, const char *name, gboolean masks, GimpChannel *channel)
{
  gtk_list_store_insert_with_values (store, NULL, -1, COLUMN_NAME, name, COLUMN_MASKS, masks, COLUMN_CHANNEL, channel, -1);
}

GtkWidget *
pmt_rigid_chooser_new (GimpImage *image, GimpChannel *channel, gboolean offers_masks, gboolean masks)
{
  g_autoptr (GtkListStore) store = gtk_list_store_new (N_COLUMNS, G_TYPE_STRING, G_TYPE_BOOLEAN, GIMP_TYPE_CHANNEL);
  g_autofree GimpChannel **channels = gimp_image_get_channels (image);
  GtkWidget *combo = gtk_combo_box_new_with_model (GTK_TREE_MODEL (store));
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();
  int active = masks ? 1 : 0, first = offers_masks ? 2 : 1;

  append (store, _("Nothing"), FALSE, NULL);
  if (offers_masks)
    append (store, _("White in the layer’s mask"), TRUE, NULL);
  for (int i = 0; channels != NULL && channels[i] != NULL; i++)
    {
      g_autofree char *name = gimp_item_get_name (GIMP_ITEM (channels[i]));
      g_autofree char *label = g_strdup_printf (_("White in the channel “%s”"), name);

      append (store, label, FALSE, channels[i]);
      if (channels[i] == channel)
        active = first + i;
    }
  g_object_set (cell, "ellipsize", PANGO_ELLIPSIZE_MIDDLE, NULL);
  gtk_cell_layout_pack_start (GTK_CELL_LAYOUT (combo), cell, TRUE);
  gtk_cell_layout_add_attribute (GTK_CELL_LAYOUT (combo), cell, "text", COLUMN_NAME);
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), active);
  return combo;
}

GimpChannel *
pmt_rigid_chooser_get_channel (GtkWidget *chooser, gboolean *masks)
{
  GtkTreeIter iter;
  GimpChannel *channel = NULL;

  *masks = FALSE;
  if (!gtk_combo_box_get_active_iter (GTK_COMBO_BOX (chooser), &iter))
    return NULL;
  gtk_tree_model_get (gtk_combo_box_get_model (GTK_COMBO_BOX (chooser)), &iter, COLUMN_MASKS, masks, COLUMN_CHANNEL,
                      &channel, -1);
  if (channel != NULL)
    g_object_unref (channel);      /* libgimp owns it */
  return channel;
}
