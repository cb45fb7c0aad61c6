/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare-window.h"

#include <libgimp/gimpui.h>

#include "layer-chooser.h"
#include "layers.h"
#include "plug-in.h"
#include "preview.h"
#include "work-bar.h"

#define RESPONSE_LAYER 1
#define RESPONSE_FILE  2
#define RESPONSE_READ  3      /* other layers were chosen */
#define WIDTH          980
#define HEIGHT         700

typedef struct
{
  PmtComparison *comparison;
  GPtrArray     *layers;      /* of the image */
  GimpLayer     *made;
  PmtJob        *job;         /* while it works */
  GtkWidget     *window, *body, *reference, *layer, *spread, *preview, *said, *bar;
} Window;

static void
say (Window *self, const char *sentence)
{
  gtk_label_set_text (GTK_LABEL (self->said), sentence);
}

static gboolean
is_plain (const Window *self)
{
  return !gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->spread));
}

/* A picture can be kept of all ways but the one that flickers. */
static void
settle_buttons (gpointer data)
{
  Window *self = data;
  PmtCompareOptions options;
  PmtCompareMode mode;
  gboolean still = pmt_preview_get_way (self->preview, 1, &mode, &options), colours = TRUE;

  if (gimp_image_get_base_type (self->comparison->image) == GIMP_GRAY && mode == PMT_COMPARE_RED_CYAN)
    colours = FALSE;
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_LAYER, still && colours && self->job == NULL);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_FILE, self->job == NULL);
}

static void
show_preview (Window *self)
{
  g_autoptr (PmtOverlay) overlay = self->comparison->layer_views[1] != NULL
    ? pmt_comparison_view (self->comparison, is_plain (self), NULL) : NULL;

  pmt_preview_show (self->preview, overlay, self->comparison->layer_name, _("There is nothing to show for this layer."));
  settle_buttons (self);
}

/* -- work -- */

static void
set_busy (Window *self, PmtJob *job)
{
  self->job = job;
  gtk_widget_set_sensitive (self->body, job == NULL);
  gtk_widget_set_visible (self->bar, job != NULL);
  gtk_widget_set_visible (self->said, job == NULL);
  settle_buttons (self);
}

/* Says the error, which is freed, unless somebody stopped the work. */
static void
say_error (Window *self, GError *error)
{
  say (self, g_error_matches (error, PMT_ERROR, PMT_ERROR_CANCELLED) ? _("Stopped.") : error->message);
  g_error_free (error);
}

/* The layers that are chosen now; where that fails those from before stay. */
static void
read_chosen (Window *self)
{
  g_autoptr (PmtJob) job = pmt_job_new (pmt_work_bar_tell, self->bar);
  GError *error = NULL;
  PmtComparison *other = pmt_comparison_new (pmt_layer_chooser_get_active (self->reference),
                                             pmt_layer_chooser_get_active (self->layer), &error);
  gboolean read;

  set_busy (self, job);
  read = other != NULL && pmt_comparison_load (other, TRUE, job, &error);
  set_busy (self, NULL);
  if (!read)
    {
      pmt_comparison_free (other);
      say_error (self, error);
      return;
    }
  pmt_comparison_free (self->comparison);
  self->comparison = other;
  say (self, "");
  show_preview (self);
}

static PmtComparisonPicture
picture_of (Window *self, gboolean panels)
{
  PmtComparisonPicture picture = { .panels = panels, .plain = is_plain (self) };

  pmt_preview_get_way (self->preview, self->comparison->frame.width, &picture.mode, &picture.options);
  return picture;
}

static void
add_layer (Window *self)
{
  PmtComparisonPicture picture = picture_of (self, FALSE);
  g_autoptr (PmtJob) job = pmt_job_new (pmt_work_bar_tell, self->bar);
  GError *error = NULL;
  GimpLayer *made;

  set_busy (self, job);
  made = pmt_comparison_add_layer (self->comparison, &picture, job, &error);
  set_busy (self, NULL);
  if (made == NULL)
    {
      say_error (self, error);
      return;
    }
  self->made = made;
  say (self, _("A new layer with this picture is on top of the image."));
}

/* Where to, and which picture: what flickers can only be shown side by side. */
static char *
ask_file (Window *self, gboolean *panels)
{
  GtkWidget *chooser = gtk_file_chooser_dialog_new (_("Export the Comparison"), GTK_WINDOW (self->window),
                                                    GTK_FILE_CHOOSER_ACTION_SAVE, _("_Cancel"), GTK_RESPONSE_CANCEL,
                                                    _("_Export"), GTK_RESPONSE_OK, NULL);
  GtkWidget *side = gtk_check_button_new_with_mnemonic (_("_Side by side: reference, layer, difference"));
  PmtCompareOptions options;
  PmtCompareMode mode;
  char *path = NULL;

  if (!pmt_preview_get_way (self->preview, 1, &mode, &options))
    {
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (side), TRUE);
      gtk_widget_set_sensitive (side, FALSE);
    }
  gtk_widget_show (side);
  gtk_file_chooser_set_extra_widget (GTK_FILE_CHOOSER (chooser), side);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), "comparison.png");
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (chooser), TRUE);
  gtk_dialog_set_default_response (GTK_DIALOG (chooser), GTK_RESPONSE_OK);
  if (gtk_dialog_run (GTK_DIALOG (chooser)) == GTK_RESPONSE_OK)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser));
  *panels = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (side));
  gtk_widget_destroy (chooser);
  return path;
}

static void
save (Window *self)
{
  g_autoptr (PmtJob) job = pmt_job_new (pmt_work_bar_tell, self->bar);
  PmtComparisonPicture picture;
  gboolean panels, saved;
  g_autofree char *path = ask_file (self, &panels);
  GError *error = NULL;

  if (path == NULL)
    return;
  picture = picture_of (self, panels);
  set_busy (self, job);
  saved = pmt_comparison_save (self->comparison, &picture, path, job, &error);
  set_busy (self, NULL);
  if (saved)
    say (self, _("The file was written."));
  else
    say_error (self, error);
}

/* -- the window -- */

/* While it works, Close, Escape and closing the window stop that alone. */
static void
responded (GtkDialog *dialog, int response, gpointer data)
{
  Window *self = data;

  if (self->job != NULL && response != GTK_RESPONSE_HELP)
    pmt_job_cancel (self->job);
}

static gboolean
close_asked (GtkWidget *widget, GdkEvent *event, gpointer data)
{
  Window *self = data;

  if (self->job == NULL)
    return FALSE;
  pmt_job_cancel (self->job);
  return TRUE;
}

static void
chosen (GtkComboBox *combo, gpointer data)
{
  gtk_dialog_response (GTK_DIALOG (((Window *) data)->window), RESPONSE_READ);
}

static void
spread_toggled (GtkToggleButton *button, gpointer data)
{
  show_preview (data);
}

static void
pack_chooser (GtkWidget *row, const char *label, GtkWidget *chooser)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  gtk_label_set_mnemonic_widget (GTK_LABEL (name), chooser);
  gtk_box_pack_start (GTK_BOX (row), name, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), chooser, TRUE, TRUE, 0);
}

static GtkWidget *
head_new (Window *self, gboolean plain)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GimpLayer *reference = NULL, *layer = NULL;

  for (guint i = 0; i < self->layers->len; i++)
    {
      if (pmt_layer_equal (g_ptr_array_index (self->layers, i), self->comparison->reference))
        reference = g_ptr_array_index (self->layers, i);
      if (pmt_layer_equal (g_ptr_array_index (self->layers, i), self->comparison->layer))
        layer = g_ptr_array_index (self->layers, i);
    }
  self->reference = pmt_layer_chooser_new (self->layers, reference, NULL, NULL);
  self->layer = pmt_layer_chooser_new (self->layers, layer, NULL, NULL);
  self->spread = gtk_check_button_new_with_mnemonic (_("Spread the _tones"));
  gtk_widget_set_tooltip_text (self->spread, _("Each layer's tones are spread from black to white, so that a dark one shows as "
                                               "well. Without it the layers are compared as they are"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->spread), !plain);
  pack_chooser (row, _("_Reference"), self->reference);
  pack_chooser (row, _("_Layer"), self->layer);
  gtk_box_pack_end (GTK_BOX (row), self->spread, FALSE, FALSE, 0);
  g_signal_connect (self->reference, "changed", G_CALLBACK (chosen), self);
  g_signal_connect (self->layer, "changed", G_CALLBACK (chosen), self);
  g_signal_connect (self->spread, "toggled", G_CALLBACK (spread_toggled), self);
  return row;
}

static void
build (Window *self, gboolean plain)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);

  self->window = gimp_dialog_new (_("Compare Layers"), "pentimento-compare", NULL, 0, gimp_standard_help_func,
                                  "plug-in-pentimento-compare-layers", _("E_xport…"), RESPONSE_FILE, _("_New Layer"),
                                  RESPONSE_LAYER, _("_Close"), GTK_RESPONSE_CLOSE, NULL);
  self->body = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  self->preview = pmt_preview_new ();
  pmt_preview_set_lone (self->preview);
  pmt_preview_follow_way (self->preview, settle_buttons, self);
  gtk_box_pack_start (GTK_BOX (self->body), head_new (self, plain), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (self->body), self->preview, TRUE, TRUE, 0);
  self->said = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->said), 0);
  gtk_label_set_line_wrap (GTK_LABEL (self->said), TRUE);
  self->bar = pmt_work_bar_new ();
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), self->body, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->said, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->bar, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (self->window))), box, TRUE, TRUE, 0);
  g_signal_connect (self->window, "response", G_CALLBACK (responded), self);
  g_signal_connect (self->window, "delete-event", G_CALLBACK (close_asked), self);
  gtk_window_set_default_size (GTK_WINDOW (self->window), WIDTH, HEIGHT);
  gimp_window_set_transient (GTK_WINDOW (self->window));
  gtk_widget_show_all (box);
  gtk_widget_hide (self->bar);
  gtk_widget_grab_focus (pmt_preview_get_area (self->preview));
}

static void
ask (Window *self)
{
  for (;;)
    {
      int response = gtk_dialog_run (GTK_DIALOG (self->window));

      if (response == RESPONSE_LAYER)
        add_layer (self);
      else if (response == RESPONSE_FILE)
        save (self);
      else if (response == RESPONSE_READ)
        read_chosen (self);
      else if (response != GTK_RESPONSE_HELP)
        return;
    }
}

gboolean
pmt_compare_window_run (PmtComparison **comparison, gboolean plain, GimpLayer **made, GError **error)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Reading the layers"));
  g_autoptr (GPtrArray) layers = pmt_layers_in_order ((*comparison)->image);
  Window self = { .comparison = *comparison, .layers = layers };

  if (!pmt_comparison_load (*comparison, TRUE, job, error))
    return FALSE;
  gimp_progress_end ();
  gimp_ui_init ("pentimento");
  build (&self, plain);
  show_preview (&self);
  ask (&self);
  gtk_widget_destroy (self.window);
  *comparison = self.comparison;
  *made = self.made;
  return TRUE;
}
