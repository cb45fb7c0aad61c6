/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history-window.h"

#include <libgimp/gimpui.h>

#include "export.h"
#include "history-copies.h"
#include "history-preview.h"
#include "history-steps.h"
#include "plug-in.h"
#include "preview.h"
#include "work-bar.h"

#define RESPONSE_APPLY 1
#define LIST_WIDTH     330
#define WIDTH          1080
#define HEIGHT         660

enum { REMOVE, UP, DOWN, REFINE, RECORD, COPY, EXPORT, N_BUTTONS };

typedef struct
{
  PmtHistory       *history;
  PmtHistoryPreview picture;
  PmtJob           *job;           /* while a step is refined */
  gboolean          stopped;       /* Cancel meant that */
  guint             idle;          /* shows the changes; */
  int               wanted;        /* then this step is selected */
  GtkWidget        *window, *body, *steps, *preview, *said, *bar, *buttons[N_BUTTONS];
} Window;

/* -- what is shown -- */

static void
say (Window *self, const char *sentence)
{
  gtk_label_set_text (GTK_LABEL (self->said), sentence);
}

static void
show_preview (Window *self)
{
  g_autoptr (PmtOverlay) overlay = pmt_history_preview_draw (&self->picture, self->history);
  const char *nothing = _("There is nothing to show for this layer.");

  if (self->history->reference == NULL)
    nothing = _("The reference is no longer in the image, so that there is nothing to compare the layer with.");
  pmt_preview_show (self->preview, overlay, self->history->layer_name, nothing);
}

/* Whether the button can be used, and if not why, where that is not plain. */
static void
settle_button (Window *self, int button, gboolean usable, const char *why)
{
  gtk_widget_set_sensitive (self->buttons[button], usable);
  gtk_widget_set_tooltip_text (self->buttons[button], usable ? NULL : why);
}

static void
settle_buttons (Window *self)
{
  const char *refusal = pmt_history_refusal (self->history);
  int step = pmt_history_steps_selected (self->steps), x, y;
  gboolean usable = refusal == NULL && step >= 0, moved = pmt_history_get_move (self->history, &x, &y);
  g_autofree char *up = usable ? pmt_history_obstacle (self->history, step, -1) : NULL;
  g_autofree char *down = usable ? pmt_history_obstacle (self->history, step, 1) : NULL;
  gboolean reference = self->history->reference != NULL;

  settle_button (self, REMOVE, usable, refusal);
  settle_button (self, UP, usable && up == NULL, refusal != NULL ? refusal : up);
  settle_button (self, DOWN, usable && down == NULL, refusal != NULL ? refusal : down);
  settle_button (self, REFINE, usable && reference,
                 refusal != NULL || reference ? refusal : _("The reference is no longer in the image."));
  settle_button (self, RECORD, refusal == NULL && moved,
                 refusal != NULL ? refusal : _("The layer was not moved since its last step."));
  settle_button (self, COPY, refusal == NULL, refusal);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_APPLY,
                                     refusal == NULL && self->job == NULL && pmt_history_is_changed (self->history));
}

/* Why a step cannot be moved is told beside the buttons as well: tooltips of what is not sensitive are easily missed. */
static void
tell_obstacle (Window *self)
{
  int step = pmt_history_steps_selected (self->steps);
  g_autofree char *up = step > 0 ? pmt_history_obstacle (self->history, step, -1) : NULL;
  g_autofree char *down = NULL;

  if (step >= 0 && up == NULL && step + 1 < pmt_step_list_get_length (self->history->steps))
    down = pmt_history_obstacle (self->history, step, 1);
  say (self, up != NULL ? up : down != NULL ? down : "");
}

static void
refresh (Window *self, int selected)
{
  pmt_history_steps_update (self->steps, selected);
  show_preview (self);
  settle_buttons (self);
}

static gboolean
refresh_idle (gpointer data)
{
  Window *self = data;

  self->idle = 0;
  refresh (self, self->wanted);
  return G_SOURCE_REMOVE;
}

/* After a change that was tried; takes the error. Rows are made anew, so not while one of them still handles an event. */
static void
changed (Window *self, gboolean done, int step, GError *error)
{
  self->wanted = step;
  if (self->idle == 0)
    self->idle = g_idle_add (refresh_idle, self);
  say (self, done ? "" : error->message);
  g_clear_error (&error);
}

/* -- hands -- */

static void
switched (int step, gboolean on, gpointer data)
{
  Window *self = data;
  GError *error = NULL;
  gboolean done = pmt_history_switch (self->history, step, on, &error);

  changed (self, done, step, error);
}

static void
selected (gpointer data)
{
  Window *self = data;

  settle_buttons (self);
  tell_obstacle (self);
}

static void
removed (int step, gpointer data)
{
  Window *self = data;
  GError *error = NULL;
  gboolean done = pmt_history_remove (self->history, step, &error);

  changed (self, done, step, error);
}

static void
moved (int step, int towards, gpointer data)
{
  Window *self = data;
  GError *error = NULL;
  gboolean done = pmt_history_move (self->history, step, towards, &error);

  changed (self, done, done ? step + towards : step, error);
}

static void
record (Window *self)
{
  GError *error = NULL;
  gboolean done = pmt_history_record_move (self->history, &error);

  changed (self, done, 0, error);
}

static void
copy (Window *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!pmt_history_copies_run (self->history, GTK_WINDOW (self->window)))
    return;
  settle_buttons (self);
  for (guint i = 0; i < self->history->copies->len; i++)
    {
      const PmtHistoryCopy *one = g_ptr_array_index (self->history->copies, i);
      g_autofree char *name = gimp_item_get_name (GIMP_ITEM (one->layer));

      g_string_append_printf (text, "%s“%s”", i > 0 ? ", " : _("When the changes are applied, these get the steps too: "), name);
    }
  say (self, text->str);
}

static void
export (Window *self)
{
  GimpProcedure *procedure = gimp_pdb_lookup_procedure (gimp_get_pdb (), "plug-in-pentimento-export");
  g_autoptr (GimpProcedureConfig) config = gimp_procedure_create_config (procedure);
  g_autoptr (PmtLayerChain) chain = pmt_history_get_chain (self->history);
  g_autofree char *remark = NULL;
  g_autoptr (GError) error = NULL;

  if (pmt_export_chain (self->history->layer, chain, config, GIMP_RUN_INTERACTIVE, &remark, &error))
    say (self, *remark != '\0' ? remark : _("The file was written."));
  else
    say (self, g_error_matches (error, PMT_ERROR, PMT_ERROR_CANCELLED) ? "" : error->message);
}

static void
set_busy (Window *self, PmtJob *job)
{
  self->job = job;
  gtk_widget_set_sensitive (self->body, job == NULL);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->window), RESPONSE_APPLY, FALSE);
  gtk_widget_set_visible (self->bar, job != NULL);
  gtk_widget_set_visible (self->said, job == NULL);
}

static void
refine (Window *self)
{
  int step = pmt_history_steps_selected (self->steps);
  g_autoptr (PmtJob) job = pmt_job_new (pmt_work_bar_tell, self->bar);
  g_autoptr (PmtRegistration) registration = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done;

  set_busy (self, job);
  done = pmt_history_refit (self->history, step, job, &registration, &error);
  set_busy (self, NULL);
  refresh (self, done ? pmt_step_list_get_length (self->history->steps) - 1 : step);
  if (done)
    say (self, registration->verdict == PMT_VERDICT_OK ? _("Refined. Look at the result, then apply it.")
                                                       : _("Refined, but uncertain: look at it closely."));
  else
    say (self, g_error_matches (error, PMT_ERROR, PMT_ERROR_CANCELLED) ? _("Stopped.") : error->message);
}

static void
clicked (GtkButton *button, gpointer data)
{
  Window *self = data;
  int step = pmt_history_steps_selected (self->steps);

  if (GTK_WIDGET (button) == self->buttons[REMOVE])
    removed (step, self);
  else if (GTK_WIDGET (button) == self->buttons[UP])
    moved (step, -1, self);
  else if (GTK_WIDGET (button) == self->buttons[DOWN])
    moved (step, 1, self);
  else if (GTK_WIDGET (button) == self->buttons[REFINE])
    refine (self);
  else if (GTK_WIDGET (button) == self->buttons[RECORD])
    record (self);
  else if (GTK_WIDGET (button) == self->buttons[COPY])
    copy (self);
  else
    export (self);
}

/* While a step is refined, Cancel, Escape and closing the window stop that alone. */
static void
responded (GtkDialog *dialog, int response, gpointer data)
{
  Window *self = data;

  if (self->job == NULL || response == GTK_RESPONSE_HELP)
    return;
  self->stopped = TRUE;
  pmt_job_cancel (self->job);
}

/* -- the window -- */

static GtkWidget *
buttons_new (Window *self)
{
  static const char *const labels[N_BUTTONS] =
  {
    N_("_Remove"), N_("Move _Up"), N_("Move Do_wn"), N_("Refi_ne Again"), N_("Record the _Move"), N_("Cop_y to Layers…"),
    N_("E_xport…")
  };
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  for (int i = 0; i < N_BUTTONS; i++)
    {
      self->buttons[i] = gtk_button_new_with_mnemonic (_(labels[i]));
      g_signal_connect (self->buttons[i], "clicked", G_CALLBACK (clicked), self);
    }
  gtk_grid_attach (GTK_GRID (grid), self->buttons[UP], 0, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), self->buttons[DOWN], 1, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), self->buttons[REMOVE], 0, 1, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), self->buttons[REFINE], 1, 1, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), self->buttons[RECORD], 0, 2, 2, 1);
  gtk_grid_attach (GTK_GRID (grid), self->buttons[COPY], 0, 3, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), self->buttons[EXPORT], 1, 3, 1, 1);
  return grid;
}

static GtkWidget *
side_new (Window *self)
{
  static const PmtHistoryStepsFuncs funcs = { switched, selected, removed, moved };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);

  self->steps = pmt_history_steps_new (self->history, &funcs, self);
  gtk_widget_set_size_request (box, LIST_WIDTH, -1);
  gtk_box_pack_start (GTK_BOX (box), self->steps, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), buttons_new (self), FALSE, FALSE, 0);
  return box;
}

static GtkWidget *
label_new (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 110);
  return label;
}

static char *
headline (const PmtHistory *history)
{
  const char *refusal = pmt_history_refusal (history);

  if (refusal != NULL)
    return g_strdup_printf (_("“%s”: %s. The steps can be read, not changed."), history->layer_name, refusal);
  return g_strdup_printf (_("The steps by which “%s” lies where it lies, the first above. Nothing changes before Apply."),
                          history->layer_name);
}

static void
build (Window *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  g_autofree char *title = headline (self->history);

  self->window = gimp_dialog_new (_("Alignment History"), "pentimento-history", NULL, 0, gimp_standard_help_func,
                                  "plug-in-pentimento-history", _("_Cancel"), GTK_RESPONSE_CANCEL, _("_Apply"),
                                  RESPONSE_APPLY, NULL);
  self->body = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  self->preview = pmt_preview_new ();
  gtk_widget_set_margin_start (self->preview, 8);
  gtk_paned_pack1 (GTK_PANED (self->body), side_new (self), FALSE, FALSE);
  gtk_paned_pack2 (GTK_PANED (self->body), self->preview, TRUE, FALSE);
  self->said = label_new (NULL);
  self->bar = pmt_work_bar_new ();
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), label_new (title), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->body, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->said, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), self->bar, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (self->window))), box, TRUE, TRUE, 0);
  g_signal_connect (self->window, "response", G_CALLBACK (responded), self);
  gtk_window_set_default_size (GTK_WINDOW (self->window), WIDTH, HEIGHT);
  gimp_window_set_transient (GTK_WINDOW (self->window));
  gtk_widget_show_all (box);
  gtk_widget_hide (self->bar);
}

/* Until it is applied or left. */
static gboolean
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
      if (response != RESPONSE_APPLY)
        return FALSE;
      if (pmt_history_apply (self->history, &error))
        return TRUE;
      say (self, error->message);
    }
}

gboolean
pmt_history_window_run (PmtHistory *history, GError **error)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Reading the layers"));
  Window self = { .history = history };
  gboolean applied = FALSE;

  if (!pmt_history_preview_load (&self.picture, history, job, error))
    {
      pmt_history_preview_clear (&self.picture);
      return FALSE;
    }
  gimp_progress_end ();
  gimp_ui_init ("pentimento");
  build (&self);
  show_preview (&self);
  settle_buttons (&self);
  tell_obstacle (&self);
  pmt_history_steps_focus (self.steps);
  applied = ask (&self);
  g_clear_handle_id (&self.idle, g_source_remove);
  gtk_widget_destroy (self.window);
  pmt_history_preview_clear (&self.picture);
  if (!applied)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
  return applied;
}
