/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our own JSON: docs/transform-format.md. */
#include <string.h>

#include "exchange/format-private.h"

static gboolean
recognise (const char *text)
{
  const char *word = strstr (text, "\"pentimento-transform\"");

  /* the second string of the first object: within an annotation it stands deeper */
  return _pmt_format_begins (text, 0, "{") && word != NULL && strchr (strchr (text, '{') + 1, '{') > word;
}

static gboolean
read_json (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  content->transform = pmt_transform_from_json (text->text, (gssize) text->length, error);
  if (content->transform == NULL)
    return FALSE;
  content->fixed = pmt_transform_get_fixed_size (content->transform);
  content->moving = pmt_transform_get_moving_size (content->transform);
  return TRUE;
}

static gboolean
write_json (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  g_autofree char *json = pmt_transform_to_json (content->transform);

  g_string_append (text, json);
  return TRUE;
}

static const char *const endings[] = { ".json", NULL };

const PmtFormat _pmt_format_pentimento =
{
  .info = { "pentimento", "Pentimento’s JSON", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "every transform" },
  .reach = PMT_REACH_CHAIN,
  .recognise = recognise,
  .read = read_json,
  .write = write_json,
};
