/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XML by GLib's parser: elements and attributes, no entities but the five, nothing fetched. */
#include <string.h>

#include "exchange/format-private.h"

#define MAX_DEPTH 256

typedef struct
{
  PmtXmlStart start;
  PmtXmlEnd   end;
  gpointer    data;
  int         depth;
} Parse;

static const char *
local_name (const char *name)
{
  const char *colon = strrchr (name, ':');

  return colon != NULL ? colon + 1 : name;
}

static void
on_start (GMarkupParseContext *context, const char *element, const char **names, const char **values, gpointer data,
          GError **error)
{
  Parse *parse = data;
  int    line;

  g_markup_parse_context_get_position (context, &line, NULL);
  if (parse->depth >= MAX_DEPTH)
    {
      _pmt_format_fail (error, line, "elements are nested more than %d deep", MAX_DEPTH);
      return;
    }
  if (!parse->start (local_name (element), names, values, parse->depth++, parse->data, error))
    g_prefix_error (error, "line %d: ", line);
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  Parse *parse = data;

  parse->depth--;
  if (parse->end != NULL)
    parse->end (local_name (element), parse->depth, parse->data);
}

gboolean
_pmt_xml_parse (const PmtFormatText *text, PmtXmlStart start, PmtXmlEnd end, gpointer data, GError **error)
{
  const GMarkupParser            parser = { .start_element = on_start, .end_element = on_end };
  Parse                          parse = { start, end, data, 0 };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &parse, NULL);
  g_autoptr (GError)             why = NULL;

  if (g_markup_parse_context_parse (context, text->text, (gssize) text->length, &why)
      && g_markup_parse_context_end_parse (context, &why))
    return TRUE;
  if (why->domain == PMT_ERROR)
    g_propagate_error (error, g_steal_pointer (&why));
  else
    _pmt_format_fail (error, 0, "it is no XML: %s", why->message);
  return FALSE;
}

const char *
_pmt_xml_attribute (const char **names, const char **values, const char *name)
{
  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (local_name (names[i]), name))
      return values[i];
  return NULL;
}

/* Past <?…?>, <!--…--> and <!DOCTYPE …[…]>. */
static const char *
first_element (const char *text)
{
  for (text += strspn (text, " \t\r\n"); text[0] == '<' && (text[1] == '?' || text[1] == '!'); text += strspn (text,
                                                                                                               " \t\r\n"))
    {
      const char *end = g_str_has_prefix (text, "<!--") ? strstr (text, "-->") : strchr (text, '>');
      const char *bracket = g_str_has_prefix (text, "<!DOCTYPE") ? strchr (text, '[') : NULL;

      if (bracket != NULL && end != NULL && bracket < end)
        end = strstr (bracket, "]>");
      if (end == NULL)
        return "";
      text = strchr (end, '>') + 1;
    }
  return text;
}

gboolean
_pmt_xml_is (const char *text, const char *name)
{
  const char *element = first_element (g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text);
  gsize       length;
  const char *colon;

  if (*element++ != '<')
    return FALSE;
  length = strcspn (element, " \t\r\n/>");
  colon = memchr (element, ':', length);
  if (colon != NULL)
    {
      length -= (gsize) (colon + 1 - element);
      element = colon + 1;
    }
  return length == strlen (name) && strncmp (element, name, length) == 0;
}
