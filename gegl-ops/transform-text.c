/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "pentimento"   /* as the operations' own warnings */
#include "transform-text.h"

#include <string.h>

void
pmt_transform_text_complain (PmtTransformText *t, const char *operation, const GError *error)
{
  if (g_strcmp0 (t->complaint, error->message) == 0)
    return;
  g_free (t->complaint);
  t->complaint = g_strdup (error->message);
  g_warning ("%s: %s; the input is passed through", operation, error->message);
}

static gboolean
parse (PmtTransformText *t, GError **error)
{
  g_autoptr (PmtTransform) parsed = NULL;

  if (*t->text == '\0')
    return TRUE;
  parsed = pmt_transform_from_json (t->text, -1, error);
  if (parsed == NULL)
    return FALSE;
  t->transform = t->inverse ? pmt_transform_invert (parsed, error) : g_steal_pointer (&parsed);
  return t->transform != NULL;
}

gboolean
pmt_transform_text_update (PmtTransformText *t, const char *operation, const char *text, gboolean inverse)
{
  g_autoptr (GError) error = NULL;

  text = text != NULL ? text : "";
  if (t->text != NULL && strcmp (t->text, text) == 0 && t->inverse == inverse)
    return FALSE;
  pmt_transform_text_clear (t);
  t->text = g_strdup (text);
  t->inverse = inverse;
  if (!parse (t, &error))
    pmt_transform_text_complain (t, operation, error);
  return TRUE;
}

void
pmt_transform_text_clear (PmtTransformText *t)
{
  g_clear_pointer (&t->transform, pmt_transform_unref);
  g_clear_pointer (&t->text, g_free);
  g_clear_pointer (&t->complaint, g_free);
}
