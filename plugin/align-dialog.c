/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "align-dialog.h"

#include <libgimp/gimpui.h>

#include "align.h"
#include "layer-chooser.h"
#include "layers.h"
#include "plug-in.h"
#include "rigid-chooser.h"
#include "stiffness-chooser.h"
#include "words.h"

#define ROWS_SHOWN 4       /* of the list of layers, before it scrolls */
#define ROW_HEIGHT 44

typedef struct
{
  GPtrArray        *layers;       /* selected */
  GimpLayer        *proposed;     /* NULL: no rule gives one */
  PmtReferenceRule  rule;
  GimpProcedureConfig *config;
  GtkWidget        *chooser, *why, *list, *rigid, *hold, *by_pairs;
} Dialog;

static gboolean
chosen_by_pairs (const Dialog *dialog)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (dialog->by_pairs));
}

static const char *
rule_text (const Dialog *dialog, GimpLayer *chosen)
{
  if (chosen_by_pairs (dialog))
    return _("The layer that tells most about the others stays where it is.");
  if (chosen == NULL)
    return _("Choose the layer that stays where it is.");
  if (!pmt_layer_equal (chosen, dialog->proposed))
    return _("Your choice: it stays where it is.");
  switch (dialog->rule)
    {
    case PMT_REFERENCE_LOCKED:
      return _("Its position is locked: it stays where it is.");
    case PMT_REFERENCE_LOWEST:
      return _("The lowest selected layer: it stays where it is.");
    case PMT_REFERENCE_BELOW:
      return _("The layer below the selected one: it stays where it is.");
    default:
      return _("Your choice: it stays where it is.");
    }
}

static const char *
row_note (GimpLayer *layer)
{
  const char *refusal = pmt_layer_refusal (layer);

  if (refusal != NULL)
    return refusal;
  if (gimp_layer_get_mask (layer) != NULL)
    return _("its layer mask stays where it is");
  return gimp_item_is_group (GIMP_ITEM (layer)) ? _("a group: aligned as a whole") : NULL;
}

static void
fill (GtkWidget *widget, gpointer data)
{
  Dialog *dialog = data;
  GimpLayer *reference = pmt_layer_chooser_get_active (dialog->chooser);
  gboolean by_pairs = chosen_by_pairs (dialog);

  gtk_label_set_text (GTK_LABEL (dialog->why), rule_text (dialog, reference));
  gtk_widget_set_sensitive (dialog->chooser, !by_pairs);
  pmt_container_clear (dialog->list);
  for (guint i = 0; i < dialog->layers->len; i++)
    {
      GimpLayer *layer = g_ptr_array_index (dialog->layers, i);

      if (by_pairs || !pmt_layer_equal (layer, reference))
        gtk_box_pack_start (GTK_BOX (dialog->list), pmt_layer_row_new (layer, row_note (layer), 36), FALSE, FALSE, 0);
    }
}

static GtkWidget *
header_new (void)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon = pmt_icon_new ("pentimento-align", 48);
  GtkWidget *label = gtk_label_new (_("The pictures on the layers below are moved so that they lie exactly on the "
                                      "reference. You see how well each one fits before anything changes."));

  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 80);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_pack_start (GTK_BOX (row), icon, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), label, TRUE, TRUE, 0);
  return row;
}

static GtkWidget *
reference_new (Dialog *dialog, GimpImage *image, GimpLayer *active)
{
  GtkWidget *frame = gimp_frame_new (_("Reference")), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  g_autoptr (GPtrArray) all = pmt_layers_in_order (image);

  dialog->chooser = pmt_layer_chooser_new (all, active, NULL, NULL);
  dialog->why = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (dialog->why), 0);
  gtk_label_set_line_wrap (GTK_LABEL (dialog->why), TRUE);
  gtk_style_context_add_class (gtk_widget_get_style_context (dialog->why), "dim-label");
  gtk_box_pack_start (GTK_BOX (box), dialog->chooser, FALSE, FALSE, 0);
  dialog->by_pairs = gimp_prop_check_button_new (G_OBJECT (dialog->config), "reference-by-pairs", _("The la_yers choose the reference"));
  gtk_widget_set_tooltip_text (dialog->by_pairs, _("The layer from which the others are known best stays where it is, where all are "
                                                   "compared with each other."));
  gtk_box_pack_start (GTK_BOX (box), dialog->why, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), dialog->by_pairs, FALSE, FALSE, 0);
  gtk_container_add (GTK_CONTAINER (frame), box);
  g_signal_connect (dialog->by_pairs, "toggled", G_CALLBACK (fill), dialog);
  return frame;
}

/* Only layers that are compared with each other can choose. */
static void
settle_by_pairs (Dialog *dialog)
{
  g_autofree char *compare = NULL;
  gboolean can;

  g_object_get (dialog->config, "compare", &compare, NULL);
  can = dialog->layers->len > 2 && g_strcmp0 (compare, "each") != 0;
  if (!can)
    g_object_set (dialog->config, "reference-by-pairs", FALSE, NULL);
  gtk_widget_set_sensitive (dialog->by_pairs, can);
}

static GtkWidget *
list_new (Dialog *dialog)
{
  GtkWidget *frame = gimp_frame_new (_("Layers to align")), *scrolled = gtk_scrolled_window_new (NULL, NULL);
  int rows = CLAMP ((int) dialog->layers->len, 1, ROWS_SHOWN);

  dialog->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), rows * ROW_HEIGHT);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_container_add (GTK_CONTAINER (scrolled), dialog->list);
  gtk_container_add (GTK_CONTAINER (frame), scrolled);
  return frame;
}

typedef struct { const char *nick, *label; } Choice;

static const Choice compares[] =
{
  { "auto", N_("Together, from three layers on") }, { "each", N_("Each with the reference alone") },
  { "together", N_("All with each other") }, { "sequence", N_("All, as a sequence of frames") }, { NULL }
};

static const Choice modalities[] =
{
  { "auto", N_("Find out") }, { "same", N_("Of the same kind") }, { "different", N_("Of different kinds") }, { NULL }
};

static const Choice preparations[] =
{
  { "auto", N_("Find out") }, { "none", N_("As they are") }, { "clahe", N_("Local contrast (CLAHE)") },
  { "downsample", N_("Coarser") }, { "bilateral", N_("Denoised (bilateral)") },
  { "non-local-means", N_("Denoised (non-local means)") }, { "sobel", N_("Edges (Sobel)") },
  { "canny", N_("Edges (Canny)") }, { "laplacian", N_("Lines (Laplacian)") },
  { "adaptive-threshold", N_("Black and white (adaptive threshold)") }, { "red", N_("Red only") },
  { "green", N_("Green only") }, { "blue", N_("Blue only") },
  { "principal-component", N_("Principal component of the colours") }, { NULL }
};

/* Of a bend: what makes two places alike. */
static const Choice metrics[] =
{
  { "auto", N_("Pieces that match") }, { "ssd", N_("Equal brightness (SSD)") },
  { "ncc", N_("Correlation") }, { "local-ncc", N_("Local correlation") }, { "nmi", N_("Mutual information") },
  { "ngf", N_("Direction of edges") }, { "mind", N_("Neighbourhoods (MIND)") }, { NULL }
};

static const Choice regions[] =
{
  { "together", N_("All of it together") }, { "parts", N_("Each part of the selection by itself") },
  { "channels", N_("Each visible channel by itself") }, { NULL }
};

static const Choice results[] =
{
  { "filter", N_("Live filter (original pixels kept)") }, { "pixels", N_("New pixels") }, { NULL }
};

static const Choice samplers[] =
{
  { "nearest", N_("Nearest neighbour") }, { "linear", N_("Linear") }, { "cubic", N_("Cubic") },
  { "lanczos3", N_("Lanczos") }, { NULL }
};

static GtkListStore *
choices_store (const Choice *choices)
{
  GtkListStore *store = gtk_list_store_new (2, G_TYPE_STRING, G_TYPE_STRING);

  for (; choices->nick != NULL; choices++)
    gtk_list_store_insert_with_values (store, NULL, -1, 0, choices->nick, 1, _(choices->label), -1);
  return store;
}

static GtkListStore *
models_store (void)
{
  GtkListStore *store = gtk_list_store_new (2, G_TYPE_STRING, G_TYPE_STRING);

  for (PmtModel model = PMT_MODEL_AUTO; model < PMT_MODELS; model++)
    gtk_list_store_insert_with_values (store, NULL, -1, 0, pmt_model_to_nick (model), 1, pmt_words_model (model), -1);
  return store;
}

/* The name beside the combo box. */
static GtkWidget *
attach_combo (GtkWidget *grid, GtkSizeGroup *names, int row, const char *label, const char *help, GtkWidget *combo)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  gtk_widget_set_hexpand (combo, TRUE);
  gtk_widget_set_tooltip_text (combo, help);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), combo);
  gtk_size_group_add_widget (names, name);
  gtk_grid_attach (GTK_GRID (grid), name, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), combo, 1, row, 1, 1);
  return name;
}

static GtkWidget *
combo_new (GimpProcedureConfig *config, const char *property, GtkListStore *store)
{
  GtkWidget *combo = gimp_prop_string_combo_box_new (G_OBJECT (config), property, GTK_TREE_MODEL (store), 0, 1);

  g_object_unref (store);
  return combo;
}

/* -- what matters for some movements only -- */

typedef gboolean (*ModelTest) (PmtModel model);

static gboolean
may_bend (PmtModel model)
{
  return pmt_model_may_bend (model);
}

/* A bend is not only possible but wished for. */
static gboolean
is_to_bend (PmtModel model)
{
  return model == PMT_MODEL_SMOOTH || model == PMT_MODEL_DEFORMABLE;
}

static gboolean
test_model (GBinding *binding, const GValue *nick, GValue *result, gpointer data)
{
  ModelTest test = (ModelTest) data;
  PmtModel model;

  g_value_set_boolean (result, g_value_get_string (nick) != NULL && pmt_model_from_nick (g_value_get_string (nick), &model)
                               && test (model));
  return TRUE;
}

/* `property` ("sensitive", "visible") of the row follows the movement. */
static void
bind_to_model (GimpProcedureConfig *config, GtkWidget *name, GtkWidget *combo, const char *property, ModelTest test)
{
  GtkWidget *const both[] = { name, combo };

  for (int i = 0; i < 2; i++)
    {
      gtk_widget_show_all (both[i]);
      gtk_widget_set_no_show_all (both[i], TRUE);
      g_object_bind_property_full (config, "model", both[i], property, G_BINDING_SYNC_CREATE, test_model, NULL,
                                   (gpointer) test, NULL);
    }
}

static GtkWidget *
add_check (GtkWidget *grid, int row, const char *label, const char *help, GimpProcedureConfig *config,
           const char *property)
{
  GtkWidget *check = gimp_prop_check_button_new (G_OBJECT (config), property, label);

  gtk_widget_set_tooltip_text (check, help);
  gtk_grid_attach (GTK_GRID (grid), check, 0, row, 2, 1);
  return check;
}

static GtkWidget *
grid_in_frame (const char *title, GtkWidget **frame)
{
  GtkWidget *grid = gtk_grid_new ();

  *frame = gimp_frame_new (title);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_container_add (GTK_CONTAINER (*frame), grid);
  return grid;
}

static void
masks_chosen (GtkComboBox *combo, gpointer config)
{
  gboolean masks;

  pmt_rigid_chooser_get_channel (GTK_WIDGET (combo), &masks);
  g_object_set (config, "rigid-from-layer-masks", masks, NULL);
}

/* The movement, and what says more of a bend. */
static void
add_movement (Dialog *dialog, GtkWidget *grid, GtkSizeGroup *names, GimpProcedureConfig *config, GimpImage *image,
              GimpChannel *rigid)
{
  GtkWidget *stiffness = pmt_stiffness_chooser_new (config), *metric = combo_new (config, "metric", choices_store (metrics));
  GtkWidget *name;
  gboolean masks;

  g_object_get (config, "rigid-from-layer-masks", &masks, NULL);
  attach_combo (grid, names, 2, _("_Movement"),
                _("What the layers may do to lie on the reference. “Find out” takes the simplest that explains the "
                  "pictures. “Deformable” also bends a layer, as canvas and paper do, where parts left out of the fit prove "
                  "that right; “Smoothly bent” always bends it."), combo_new (config, "model", models_store ()));
  name = attach_combo (grid, names, 3, _("Sti_ffness"),
                       _("How long the bends are that a layer follows, as a share of the picture, the same for pictures of "
                         "any size: bends of that length are followed by half, longer ones more, shorter ones hardly. “Find "
                         "out” bends as little as explains the pictures."), stiffness);
  bind_to_model (config, name, stiffness, "sensitive", may_bend);
  dialog->rigid = pmt_rigid_chooser_new (image, rigid, TRUE, masks);
  g_signal_connect (dialog->rigid, "changed", G_CALLBACK (masks_chosen), config);
  name = attach_combo (grid, names, 4, _("Keep ri_gid"),
                       _("What keeps its shape while the rest bends, such as a panel or a stamp: it is moved and turned, no "
                         "more. Paint it white, over the layer as you see it, into a channel (in the dialog “Channels”) or "
                         "the layer’s mask; grey is between stiff and soft."), dialog->rigid);
  bind_to_model (config, name, dialog->rigid, "visible", is_to_bend);
  name = attach_combo (grid, names, 5, _("_Bend by"),
                       _("What tells how the layer bends. Matching pieces is right for most pictures. The others look at all "
                         "pixels at once, which follows smaller bends and takes longer."), metric);
  bind_to_model (config, name, metric, "visible", is_to_bend);
}

/* What is fitted by itself, and what is not to move at all. */
static void
add_regions (Dialog *dialog, GtkWidget *grid, GtkSizeGroup *names, GimpProcedureConfig *config, GimpImage *image, GimpChannel *hold)
{
  g_autofree GimpChannel **channels = gimp_image_get_channels (image);
  gboolean painted = channels != NULL && channels[0] != NULL;
  GtkWidget *combo = combo_new (config, "regions", choices_store (regions));

  if (!painted && gimp_selection_is_empty (image))
    g_object_set (config, "regions", "together", NULL);
  gtk_widget_set_sensitive (combo, painted || !gimp_selection_is_empty (image));
  attach_combo (grid, names, 8, _("_Regions"),
                _("Where parts of a layer belong to different places, such as a drawing whose figures were moved: each part that "
                  "is selected, or painted into a channel, on the reference is looked for by itself and put on a new layer."),
                combo);
  dialog->hold = pmt_rigid_chooser_new (image, hold, FALSE, FALSE);
  gtk_widget_set_sensitive (dialog->hold, painted);
  attach_combo (grid, names, 9, _("Must not mo_ve"),
                _("What lies right already: paint it white into a channel (in the dialog “Channels”), over the picture as you see it. "
                  "Around it the layer goes over smoothly to where the rest is moved."), dialog->hold);
}

static GtkWidget *
fit_new (Dialog *dialog, GimpProcedureConfig *config, GtkSizeGroup *names, GimpImage *image, GimpChannel *rigid, GimpChannel *hold)
{
  GtkWidget *frame, *grid = grid_in_frame (_("Comparison"), &frame), *check;
  gboolean selected = !gimp_selection_is_empty (image);

  attach_combo (grid, names, 0, _("Compare_d"),
                _("Pairs of all layers, solved together, say more than each layer with the reference: what contradicts the rest "
                  "is left out and bends nothing. In a sequence, layers one above the other are most alike, such as frames of "
                  "an animation."), combo_new (config, "compare", choices_store (compares)));
  attach_combo (grid, names, 1, _("The _pictures are"),
                _("Photographs in the same light are of the same kind; visible light and infrared, X-ray or a drawing are "
                  "of different kinds."), combo_new (config, "modality", choices_store (modalities)));
  add_movement (dialog, grid, names, config, image, rigid);
  attach_combo (grid, names, 6, _("Pr_epared as"),
                _("What is done to copies of the pictures before a placement is searched for. “Find out” tries other ways "
                  "where the pictures as they are give no clear answer."),
                combo_new (config, "preparation", choices_store (preparations)));
  if (!selected)
    g_object_set (config, "use-selection", FALSE, NULL);
  check = add_check (grid, 7, selected ? _("_Look only at what is selected")
                                       : _("_Look only at what is selected (nothing is)"),
                     _("The selection restricts what is compared, not what is moved."), config, "use-selection");
  gtk_widget_set_sensitive (check, selected);
  add_regions (dialog, grid, names, config, image, hold);
  add_check (grid, 10, _("Start from the present p_osition"),
             _("Where the layer lies now, by hand or by an earlier alignment, is tried first and corrected. Otherwise "
               "an earlier alignment is forgotten."), config, "start-from-position");
  add_check (grid, 11, _("The layer may be _turned over (mirrored)"),
             _("An X-ray plate seen from behind, or a slide scanned the wrong way round, is mirrored to fit. Otherwise "
               "you are told of it."), config, "allow-mirrored");
  return frame;
}

static GtkWidget *
result_new (GimpProcedureConfig *config)
{
  g_autoptr (GtkSizeGroup) names = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
  GtkWidget *frame, *grid = grid_in_frame (_("Result"), &frame);

  attach_combo (grid, names, 0, _("_Keep as"),
                _("A live filter can be aligned again, copied, baked or reset without loss. New pixels are resampled "
                  "now."), combo_new (config, "result", choices_store (results)));
  attach_combo (grid, names, 1, _("_Interpolation"), _("How values between pixels are found."),
                combo_new (config, "sampler", choices_store (samplers)));
  add_check (grid, 2, _("Propose _uncertain results too"),
             _("A result that is not to be trusted is otherwise shown, but not marked for use."), config,
             "apply-uncertain");
  return frame;
}

static void
build (GtkWidget *window, Dialog *dialog, GimpProcedureConfig *config, GimpImage *image, GimpLayer *active,
       GimpChannel *rigid, GimpChannel *hold)
{
  GtkWidget *content = gtk_dialog_get_content_area (GTK_DIALOG (window));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *columns = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 24);
  GtkWidget *left = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *right = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  g_autoptr (GtkSizeGroup) names = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);

  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), header_new (), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (left), reference_new (dialog, image, active), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (left), list_new (dialog), TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (left), result_new (config), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (right), fit_new (dialog, config, names, image, rigid, hold), FALSE, FALSE, 0);
  /* side by side: one above the other they are too high for a screen of 768 lines */
  gtk_box_pack_start (GTK_BOX (columns), left, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (columns), right, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), columns, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (content), box, TRUE, TRUE, 0);
  gtk_widget_show_all (box);
  settle_by_pairs (dialog);
  fill (dialog->chooser, dialog);
  g_signal_connect_swapped (config, "notify::compare", G_CALLBACK (settle_by_pairs), dialog);
  g_signal_connect (dialog->chooser, "changed", G_CALLBACK (fill), dialog);
}

gboolean
pmt_align_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpImage *image,
                      GimpDrawable **drawables, GimpLayer **reference, GimpChannel **rigid,
                      GimpChannel **hold, GError **error)
{
  g_autoptr (GPtrArray) layers = NULL;
  Dialog dialog = { 0 };
  GtkWidget *window;
  gboolean confirmed, masks;

  if (!pmt_layers_check (image, drawables, &layers, error))
    return FALSE;
  dialog.layers = layers;
  dialog.config = config;
  dialog.proposed = pmt_align_find_reference (layers, NULL, &dialog.rule, NULL);
  gimp_ui_init ("pentimento");
  window = gimp_procedure_dialog_new (procedure, config, _("Align Layers"));
  gimp_procedure_dialog_set_ok_label (GIMP_PROCEDURE_DIALOG (window), _("_Align"));
  build (window, &dialog, config, image, *reference != NULL ? *reference : dialog.proposed, *rigid,
         *hold);
  confirmed = gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (window));
  *reference = chosen_by_pairs (&dialog) ? NULL : pmt_layer_chooser_get_active (dialog.chooser);
  g_signal_handlers_disconnect_by_data (config, &dialog);
  *rigid = pmt_rigid_chooser_get_channel (dialog.rigid, &masks);
  *hold = pmt_rigid_chooser_get_channel (dialog.hold, &masks);
  gtk_widget_destroy (window);
  if (!confirmed)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
  return confirmed;
}
