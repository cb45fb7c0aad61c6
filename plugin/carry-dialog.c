/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "carry-dialog.h"

#include <libgimp/gimpui.h>

#include "carry-map.h"
#include "layer-chooser.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  GimpProcedureConfig *config;
  GimpLayer           *layer;
  GtkWidget           *window, *target, *route;
} Dialog;

/* -- what there is -- */

static int
length_of (gpointer *items)
{
  int n = 0;

  while (items != NULL && items[n] != NULL)
    n++;
  g_free (items);
  return n;
}

static int
guides_of (GimpImage *image)
{
  int n = 0;

  for (guint id = gimp_image_find_next_guide (image, 0); id != 0; id = gimp_image_find_next_guide (image, id))
    n++;
  return n;
}

/* Those of the layer's image first. */
static GPtrArray *
all_layers (GimpImage *first)
{
  GPtrArray *all = pmt_layers_in_order (first);
  g_autofree GimpImage **images = gimp_get_images ();

  for (int i = 0; images != NULL && images[i] != NULL; i++)
    if (images[i] != first)
      {
        g_autoptr (GPtrArray) others = pmt_layers_in_order (images[i]);

        for (guint k = 0; k < others->len; k++)
          g_ptr_array_add (all, g_ptr_array_index (others, k));
      }
  return all;
}

/* The first of another image; else the layer itself. */
static GimpLayer *
first_target (Dialog *dialog, GPtrArray *all)
{
  GimpImage *own = gimp_item_get_image (GIMP_ITEM (dialog->layer));

  for (guint i = 0; i < all->len; i++)
    if (gimp_item_get_image (g_ptr_array_index (all, i)) != own)
      return g_ptr_array_index (all, i);
  return dialog->layer;
}

/* -- the route, told while it is chosen -- */

static void
show_route (Dialog *dialog)
{
  g_autofree char *from = NULL, *to = NULL;
  PmtCarryEnd a = { .layer = dialog->layer }, b = { .layer = pmt_layer_chooser_get_active (dialog->target) };
  g_autoptr (PmtCarryMap) map = NULL;
  g_autoptr (GError) error = NULL;

  if (b.layer == NULL)
    return;
  g_object_get (dialog->config, "from", &from, "to", &to, NULL);
  if (pmt_geometry_from_nick (from, &a.geometry) && pmt_geometry_from_nick (to, &b.geometry))
    map = pmt_carry_map_new (&a, &b, PMT_RELATION_AUTO, NULL, &error);
  gtk_label_set_text (GTK_LABEL (dialog->route), map != NULL ? map->route : error != NULL ? error->message : "");
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window), GTK_RESPONSE_OK, map != NULL);
}

static void
geometry_changed (GObject *config, GParamSpec *property, Dialog *dialog)
{
  show_route (dialog);
}

/* -- the window -- */

static void
attach (GtkWidget *grid, int row, const char *label, GtkWidget *widget)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), widget);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_grid_attach (GTK_GRID (grid), name, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), widget, 1, row, 1, 1);
}

static GtkWidget *
choice_new (GimpProcedureConfig *config, const char *property, const char *const nicks[], const char *const labels[])
{
  g_autoptr (GtkListStore) store = gtk_list_store_new (2, G_TYPE_STRING, G_TYPE_STRING);

  for (int i = 0; nicks[i] != NULL; i++)
    gtk_list_store_insert_with_values (store, NULL, -1, 0, nicks[i], 1, _(labels[i]), -1);
  return gimp_prop_string_combo_box_new (G_OBJECT (config), property, GTK_TREE_MODEL (store), 0, 1);
}

static GtkWidget *
geometry_new (GimpProcedureConfig *config, const char *property)
{
  static const char *const nicks[] = { "seen", "original", NULL };
  static const char *const labels[] = { N_("As it is seen"), N_("Where its original pixels lie") };

  return choice_new (config, property, nicks, labels);
}

static GtkWidget *
which_new (GimpProcedureConfig *config, const char *property, int n)
{
  static const char *const nicks[] = { "all", "selected", "none", NULL };
  static const char *const labels[] = { N_("All"), N_("The selected ones"), N_("None") };
  GtkWidget *combo = choice_new (config, property, nicks, labels);

  gtk_widget_set_sensitive (combo, n > 0);
  return combo;
}

static GtkWidget *
check_new (GimpProcedureConfig *config, const char *property, const char *label, gboolean any)
{
  GtkWidget *check = gimp_prop_check_button_new (G_OBJECT (config), property, label);

  gtk_widget_set_sensitive (check, any);
  return check;
}

static GtkWidget *
grid_new (void)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_container_set_border_width (GTK_CONTAINER (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  return grid;
}

static GtkWidget *
where_new (Dialog *dialog)
{
  GtkWidget *grid = grid_new (), *layer = pmt_layer_row_new (dialog->layer, NULL, 32);
  g_autoptr (GPtrArray) all = all_layers (gimp_item_get_image (GIMP_ITEM (dialog->layer)));

  dialog->target = pmt_layer_chooser_new (all, first_target (dialog, all), NULL, NULL);
  dialog->route = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (dialog->route), 0);
  gtk_label_set_line_wrap (GTK_LABEL (dialog->route), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (dialog->route), 56);
  gtk_label_set_lines (GTK_LABEL (dialog->route), 3);
  attach (grid, 0, _("Drawn on"), layer);
  attach (grid, 1, _("_as"), geometry_new (dialog->config, "from"));
  attach (grid, 2, _("Carry _to"), dialog->target);
  attach (grid, 3, _("a_s"), geometry_new (dialog->config, "to"));
  gtk_grid_attach (GTK_GRID (grid), dialog->route, 0, 4, 2, 1);
  g_signal_connect_swapped (dialog->target, "changed", G_CALLBACK (show_route), dialog);
  return grid;
}

static GtkWidget *
what_new (Dialog *dialog)
{
  GtkWidget *grid = grid_new ();
  GimpImage *image = gimp_item_get_image (GIMP_ITEM (dialog->layer));
  int paths = length_of ((gpointer *) gimp_image_get_paths (image)), guides = guides_of (image);
  int channels = length_of ((gpointer *) gimp_image_get_channels (image));
  g_autofree char *path_label = g_strdup_printf (_("_Paths (%d)"), paths);
  g_autofree char *channel_label = g_strdup_printf (_("C_hannels (%d)"), channels);
  g_autofree char *guide_label = g_strdup_printf (_("_Guides (%d)"), guides);

  attach (grid, 0, path_label, which_new (dialog->config, "paths", paths));
  attach (grid, 1, channel_label, which_new (dialog->config, "channels", channels));
  gtk_grid_attach (GTK_GRID (grid), check_new (dialog->config, "selection", _("S_election"), !gimp_selection_is_empty (image)), 0, 2, 2, 1);
  gtk_grid_attach (GTK_GRID (grid), check_new (dialog->config, "guides", guide_label, guides > 0), 0, 3, 2, 1);
  gtk_grid_attach (GTK_GRID (grid), check_new (dialog->config, "mask", _("Layer _mask"), gimp_layer_get_mask (dialog->layer) != NULL), 0,
                   4, 2, 1);
  return grid;
}

gboolean
pmt_carry_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpLayer *layer, GimpLayer **target)
{
  Dialog dialog = { .config = config, .layer = layer };
  GtkWidget *content;
  gulong from, to;
  gboolean confirmed;

  gimp_ui_init ("pentimento");
  dialog.window = gimp_procedure_dialog_new (procedure, config, _("Carry Markup"));
  gimp_procedure_dialog_set_ok_label (GIMP_PROCEDURE_DIALOG (dialog.window), _("_Carry"));
  content = gtk_dialog_get_content_area (GTK_DIALOG (dialog.window));
  gtk_box_pack_start (GTK_BOX (content), where_new (&dialog), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), what_new (&dialog), FALSE, FALSE, 0);
  gtk_widget_show_all (content);
  show_route (&dialog);
  from = g_signal_connect (config, "notify::from", G_CALLBACK (geometry_changed), &dialog);
  to = g_signal_connect (config, "notify::to", G_CALLBACK (geometry_changed), &dialog);
  confirmed = gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (dialog.window));
  g_signal_handler_disconnect (config, from);
  g_signal_handler_disconnect (config, to);
  *target = pmt_layer_chooser_get_active (dialog.target);
  gtk_widget_destroy (dialog.window);
  return confirmed;
}
