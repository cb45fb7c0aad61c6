/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and numbers of text files; nothing here depends on the locale. */
#include "exchange/format-private.h"

#include <math.h>
#include <string.h>

#include "base/read-file.h"

GString *
_pmt_format_read_file (const char *path, GError **error)
{
  g_autoptr (GString) text = pmt_file_read (path, PMT_FORMAT_MAX_BYTES, error);

  if (text == NULL)
    return NULL;
  if (g_utf8_validate_len (text->str, text->len, NULL))
    return g_steal_pointer (&text);
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: it is no text in UTF-8", path);
  return NULL;
}

gboolean
_pmt_format_fail (GError **error, int line, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (line > 0)
    g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "line %d: %s", line, text);
  else
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_FORMAT, text);
  return FALSE;
}

gboolean
_pmt_format_refuse (GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, text);
  return FALSE;
}

gboolean
_pmt_format_numbers (const char *text, gboolean commas, GArray *numbers)
{
  const char *between = commas ? " \t\r\n," : " \t\r\n";

  for (text += strspn (text, between); *text != 0; text += strspn (text, between))
    {
      char  *end;
      double value = g_ascii_strtod (text, &end);

      if (end == text || !isfinite (value) || (*end != 0 && strchr (between, *end) == NULL))
        return FALSE;
      g_array_append_val (numbers, value);
      text = end;
    }
  return TRUE;
}

gboolean
_pmt_format_number (const char *text, double *value)
{
  char *end;

  if (text == NULL)
    return FALSE;
  *value = g_ascii_strtod (text, &end);
  return end != text && isfinite (*value) && end[strspn (end, " \t\r\n")] == 0;
}

void
_pmt_format_put (GString *text, int n, const double *values)
{
  for (int i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (text, ' ');
      _pmt_json_put_number (text, values[i]);
    }
}

void
_pmt_format_put_xml (GString *text, const char *words)
{
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  g_string_append (text, escaped);
}

gboolean
_pmt_format_begins (const char *text, char comment, const char *word)
{
  for (text += strspn (text, " \t\r\n"); comment != 0 && *text == comment; text += strspn (text, " \t\r\n"))
    text += strcspn (text, "\n");
  return g_str_has_prefix (text, word);
}

void
_pmt_format_add_pair (PmtFormatContent *content, PmtPoint fixed, PmtPoint moving)
{
  g_array_append_val (content->from, fixed);
  g_array_append_val (content->to, moving);
}

gboolean
_pmt_format_need_sizes (const PmtFormatContent *content, gboolean both, GError **error)
{
  if (content->moving.width > 0 && (!both || content->fixed.width > 0))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the %s image’s size is not known, and the file must tell it",
               content->moving.width > 0 ? "fixed" : "moving");
  return FALSE;
}

const char *
_pmt_format_basename (const char *name)
{
  const char *slash = strrchr (name, '/');

  return slash != NULL ? slash + 1 : name;
}
