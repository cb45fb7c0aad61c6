/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a header says, field by field in its order: few enough for a linear search. */
#include "cube/cube-private.h"

#include <string.h>

static void
clear_field (gpointer data)
{
  PmtCubeField *field = data;

  g_free (field->key);
  g_free (field->value);
}

GArray *
_pmt_fields_new (void)
{
  GArray *fields = g_array_new (FALSE, FALSE, sizeof (PmtCubeField));

  g_array_set_clear_func (fields, clear_field);
  return fields;
}

GArray *
_pmt_fields_copy (const GArray *fields)
{
  GArray *copy = _pmt_fields_new ();

  for (guint i = 0; i < fields->len; i++)
    {
      const PmtCubeField *f = &g_array_index (fields, PmtCubeField, i);

      g_array_append_val (copy, ((PmtCubeField) { g_strdup (f->key), g_strdup (f->value) }));
    }
  return copy;
}

static int
find (const GArray *fields, const char *key)
{
  for (guint i = 0; i < fields->len; i++)
    if (g_str_equal (g_array_index (fields, PmtCubeField, i).key, key))
      return (int) i;
  return -1;
}

const char *
_pmt_fields_get (const GArray *fields, const char *key)
{
  int i = find (fields, key);

  return i >= 0 ? g_array_index (fields, PmtCubeField, i).value : NULL;
}

void
_pmt_fields_set (GArray *fields, const char *key, const char *value)
{
  int i = find (fields, key);

  if (value == NULL)
    {
      if (i >= 0)
        g_array_remove_index (fields, (guint) i);
    }
  else if (i >= 0)
    {
      char **old = &g_array_index (fields, PmtCubeField, i).value, *copy = g_strdup (value);

      g_free (*old);
      *old = copy;
    }
  else
    g_array_append_val (fields, ((PmtCubeField) { g_strdup (key), g_strdup (value) }));
}

char **
_pmt_fields_list (const char *value)
{
  gsize            length = strlen (value);
  gboolean         braces = length >= 2 && value[0] == '{' && value[length - 1] == '}';
  g_autofree char *inner = braces ? g_strndup (value + 1, length - 2) : g_strdup (value);
  char           **parts;

  if (!braces || *g_strstrip (inner) == '\0')
    {
      parts = g_new0 (char *, 2);
      parts[0] = *inner != '\0' ? g_strdup (inner) : NULL;
      return parts;
    }
  parts = g_strsplit (inner, ",", -1);
  for (int i = 0; parts[i] != NULL; i++)
    g_strstrip (parts[i]);
  return parts;
}
