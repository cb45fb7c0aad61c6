/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Changes of a history as a script writes them. */

#include <string.h>

#include "history.h"
#include "plug-in.h"

typedef gboolean (*ActionFunc) (PmtHistory *history, int index, GError **error);

static gboolean
switch_on (PmtHistory *history, int index, GError **error)
{
  return pmt_history_switch (history, index, TRUE, error);
}

static gboolean
switch_off (PmtHistory *history, int index, GError **error)
{
  return pmt_history_switch (history, index, FALSE, error);
}

static gboolean
move_up (PmtHistory *history, int index, GError **error)
{
  return pmt_history_move (history, index, -1, error);
}

static gboolean
move_down (PmtHistory *history, int index, GError **error)
{
  return pmt_history_move (history, index, 1, error);
}

static const struct { const char *word; ActionFunc func; } actions_of_steps[] =
{
  { "on", switch_on }, { "off", switch_off }, { "remove", pmt_history_remove }, { "up", move_up }, { "down", move_down }
};

static gboolean
refit (PmtHistory *history, int index, gboolean uncertain, PmtJob *job, GError **error)
{
  g_autoptr (PmtRegistration) registration = NULL;

  if (!pmt_history_refit (history, index, job, &registration, error))
    return FALSE;
  return registration->verdict == PMT_VERDICT_OK || uncertain
         || pmt_plug_in_fail (error, _("What was found is uncertain, so nothing was changed."));
}

/* "WORD" or "WORD NUMBER", white space around. */
static gboolean
parse (const char *text, char **word, gint64 *number, gboolean *numbered)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " \t", -1);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (int i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_ptr_array_add (words, parts[i]);
  if (words->len < 1 || words->len > 2)
    return FALSE;
  *word = g_strdup (g_ptr_array_index (words, 0));
  *numbered = words->len == 2;
  return !*numbered || g_ascii_string_to_signed (g_ptr_array_index (words, 1), 10, 0, G_MAXINT, number, NULL);
}

static gboolean
act (PmtHistory *history, const char *text, gboolean uncertain, PmtJob *job, GError **error)
{
  g_autofree char *word = NULL;
  gboolean numbered = FALSE;
  gint64 number = 0;

  if (parse (text, &word, &number, &numbered))
    {
      if (g_str_equal (word, "record-move") && !numbered)
        return pmt_history_record_move (history, error);
      if (g_str_equal (word, "refit") && numbered)
        return refit (history, (int) number, uncertain, job, error);
      for (gsize i = 0; numbered && i < G_N_ELEMENTS (actions_of_steps); i++)
        if (g_str_equal (word, actions_of_steps[i].word))
          return actions_of_steps[i].func (history, (int) number, error);
    }
  return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), text, "actions");
}

gboolean
pmt_history_do (PmtHistory *history, const char *actions, gboolean uncertain, PmtJob *job, GError **error)
{
  g_auto (GStrv) list = g_strsplit (actions, ";", -1);

  for (int i = 0; list[i] != NULL; i++)
    {
      g_autofree char *text = g_strstrip (g_strdup (list[i]));

      if (*text != '\0' && !act (history, text, uncertain, job, error))
        return FALSE;
    }
  return TRUE;
}
