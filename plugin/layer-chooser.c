/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer-chooser.h"

#include "plug-in.h"

#define THUMBNAIL 32

enum { COLUMN_THUMBNAIL, COLUMN_NAME, COLUMN_LAYER, COLUMN_DEPTH, N_COLUMNS };

static GdkPixbuf *
thumbnail_new (GimpLayer *layer, int size)
{
  return gimp_drawable_get_thumbnail (GIMP_DRAWABLE (layer), size, size, GIMP_PIXBUF_SMALL_CHECKS);
}

static int
depth_of (GimpLayer *layer)
{
  int depth = 0;

  for (GimpItem *item = gimp_item_get_parent (GIMP_ITEM (layer)); item != NULL; item = gimp_item_get_parent (item))
    depth++;
  return depth;
}

/* `mark`, or the image's name where that is not the `usual` one. */
static char *
label_new (GimpLayer *layer, const char *mark, GimpImage *usual)
{
  GimpImage *image = gimp_item_get_image (GIMP_ITEM (layer));
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (layer));
  g_autofree char *other = mark == NULL && image != usual ? gimp_image_get_name (image) : NULL;

  if (mark == NULL && other == NULL)
    return g_steal_pointer (&name);
  return g_strdup_printf ("%s  (%s)", name, mark != NULL ? mark : other);
}

static void
append (GtkListStore *store, GimpLayer *layer, const char *mark, GimpImage *usual, GtkTreeIter *iter)
{
  g_autoptr (GdkPixbuf) thumbnail = thumbnail_new (layer, THUMBNAIL);
  g_autofree char *label = label_new (layer, mark, usual);

  gtk_list_store_append (store, iter);
  gtk_list_store_set (store, iter, COLUMN_THUMBNAIL, thumbnail, COLUMN_NAME, label, COLUMN_LAYER, layer,
                      COLUMN_DEPTH, depth_of (layer) * 12, -1);
}

GtkWidget *
pmt_layer_chooser_new (GPtrArray *layers, GimpLayer *active, GimpLayer *marked, const char *mark)
{
  g_autoptr (GtkListStore) store = gtk_list_store_new (N_COLUMNS, GDK_TYPE_PIXBUF, G_TYPE_STRING, GIMP_TYPE_LAYER,
                                                       G_TYPE_UINT);
  GtkWidget *combo = gtk_combo_box_new_with_model (GTK_TREE_MODEL (store));
  GtkCellRenderer *picture = gtk_cell_renderer_pixbuf_new (), *text = gtk_cell_renderer_text_new ();

  g_object_set (picture, "ypad", 2, NULL);
  g_object_set (text, "xpad", 6, "ellipsize", PANGO_ELLIPSIZE_MIDDLE, "width-chars", 28, NULL);
  gtk_cell_layout_pack_start (GTK_CELL_LAYOUT (combo), picture, FALSE);
  gtk_cell_layout_pack_start (GTK_CELL_LAYOUT (combo), text, TRUE);
  gtk_cell_layout_add_attribute (GTK_CELL_LAYOUT (combo), picture, "pixbuf", COLUMN_THUMBNAIL);
  gtk_cell_layout_add_attribute (GTK_CELL_LAYOUT (combo), picture, "xpad", COLUMN_DEPTH);
  gtk_cell_layout_add_attribute (GTK_CELL_LAYOUT (combo), text, "text", COLUMN_NAME);
  for (guint i = 0; i < layers->len; i++)
    {
      GimpLayer *layer = g_ptr_array_index (layers, i);
      GtkTreeIter iter;

      append (store, layer, layer == marked ? mark : NULL, gimp_item_get_image (g_ptr_array_index (layers, 0)), &iter);
      if (layer == active)
        gtk_combo_box_set_active_iter (GTK_COMBO_BOX (combo), &iter);
    }
  return combo;
}

GimpLayer *
pmt_layer_chooser_get_active (GtkWidget *chooser)
{
  GtkTreeIter iter;
  GimpLayer *layer = NULL;

  if (!gtk_combo_box_get_active_iter (GTK_COMBO_BOX (chooser), &iter))
    return NULL;
  gtk_tree_model_get (gtk_combo_box_get_model (GTK_COMBO_BOX (chooser)), &iter, COLUMN_LAYER, &layer, -1);
  g_object_unref (layer);      /* libgimp owns it */
  return layer;
}

static GtkWidget *
left_label (const char *text, gboolean note)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (note)
    {
      gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_max_width_chars (GTK_LABEL (label), 56);
      gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
    }
  else
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  return label;
}

GtkWidget *
pmt_layer_row_new (GimpLayer *layer, const char *note, int thumbnail_size)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autoptr (GdkPixbuf) thumbnail = thumbnail_new (layer, thumbnail_size);
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (layer));
  GtkWidget *picture = gtk_image_new_from_pixbuf (thumbnail);

  gtk_widget_set_size_request (picture, thumbnail_size, -1);
  gtk_widget_set_valign (lines, GTK_ALIGN_CENTER);
  gtk_box_pack_start (GTK_BOX (row), picture, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (lines), left_label (name, FALSE), FALSE, FALSE, 0);
  if (note != NULL)
    gtk_box_pack_start (GTK_BOX (lines), left_label (note, TRUE), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), lines, TRUE, TRUE, 0);
  gtk_widget_show_all (row);
  return row;
}

void
pmt_container_clear (GtkWidget *container)
{
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (container));

  for (GList *link = children; link != NULL; link = link->next)
    gtk_widget_destroy (link->data);
}

static const char list_style[] =
  "row box, row label, row checkbutton { background-color: transparent; }"
  "row { border-left: 3px solid transparent; }"
  "row:selected { background-color: alpha (currentColor, 0.12); border-left-color: currentColor; color: inherit; }";

static void
add_provider (GtkWidget *widget, gpointer provider)
{
  gtk_style_context_add_provider (gtk_widget_get_style_context (widget), GTK_STYLE_PROVIDER (provider),
                                  GTK_STYLE_PROVIDER_PRIORITY_USER + 1);
  if (GTK_IS_CONTAINER (widget))
    gtk_container_foreach (GTK_CONTAINER (widget), add_provider, provider);
}

void
pmt_list_paint_plainly (GtkWidget *list)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_data (provider, list_style, -1, NULL);
  add_provider (list, provider);
}

GtkWidget *
pmt_icon_new (const char *name, int size)
{
  g_autoptr (GFile) file = pmt_plug_in_icon (name);
  g_autoptr (GIcon) icon = g_file_icon_new (file);
  GtkWidget *image = gtk_image_new_from_gicon (icon, GTK_ICON_SIZE_DIALOG);

  gtk_image_set_pixel_size (GTK_IMAGE (image), size);
  return image;
}
