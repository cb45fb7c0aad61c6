/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ENVI's headers: a first line "ENVI", then "key = value" lines; a value that begins with "{" goes on to its "}", over as many
 * lines as it takes. Lines that begin with ";" are comments, and are not kept. Keys are the same in upper and lower case.
 * Data types by number, as the format's description by its makers lists them. */
#include "cube/cube-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define MOST_SIDE  100000000     /* pixels; more is a slip of the pen */
#define MOST_BANDS 1000000
#define SHOWN      60            /* characters of a wrong value in messages */

static const struct { int number; PmtCubeType type; } types[] =
{
  { 1, PMT_CUBE_UINT8 }, { 2, PMT_CUBE_INT16 }, { 3, PMT_CUBE_INT32 }, { 4, PMT_CUBE_FLOAT }, { 5, PMT_CUBE_DOUBLE },
  { 12, PMT_CUBE_UINT16 }, { 13, PMT_CUBE_UINT32 }, { 14, PMT_CUBE_INT64 }, { 15, PMT_CUBE_UINT64 },
};

static const char *const shape_keys[] =
{ "samples", "lines", "bands", "header offset", "data type", "interleave", "byte order", "file type" };

/* Any bytes, short enough and valid for a message. */
static char *
shown (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1), *flat = g_strdelimit (g_strdup (valid), "\r\n\t", ' ');

  return g_utf8_strlen (flat, -1) <= SHOWN ? g_steal_pointer (&flat) : g_utf8_substring (flat, 0, SHOWN);
}

static gboolean G_GNUC_PRINTF (3, 4)
malformed (GError **error, const char *name, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *words = NULL;

  va_start (arguments, format);
  words = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: %s", name, words);
  return FALSE;
}

/* -- text to fields -- */

/* Lower case, single blanks. */
static char *
normal_key (const char *start, gsize length)
{
  g_autofree char *low = g_ascii_strdown (start, (gssize) length);
  g_auto (GStrv)   words = g_strsplit_set (g_strstrip (low), " \t", -1);
  GString         *key = g_string_new (NULL);

  for (int i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_string_append_printf (key, "%s%s", key->len > 0 ? " " : "", words[i]);
  return g_string_free (key, FALSE);
}

static gboolean
is_of_shape (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (shape_keys); i++)
    if (g_str_equal (key, shape_keys[i]))
      return TRUE;
  return FALSE;
}

/* One field from *at on; *at to behind it. end: of the text. */
static gboolean
read_field (const char **at, const char *end, int *line, const char *name, GArray *fields, GError **error)
{
  const char      *newline = memchr (*at, '\n', (gsize) (end - *at)), *stop = newline != NULL ? newline : end;
  const char      *equals = memchr (*at, '=', (gsize) (stop - *at)), *value;
  g_autofree char *key = NULL, *text = NULL, *words = NULL;

  if (equals == NULL)
    {
      text = g_strndup (*at, (gsize) (stop - *at));
      words = shown (g_strstrip (text));
      return malformed (error, name, "line %d is no “field = value”: “%s”", *line, words);
    }
  key = normal_key (*at, (gsize) (equals - *at));
  words = shown (key);
  if (*key == '\0')
    return malformed (error, name, "line %d has a value without a field's name", *line);
  for (value = equals + 1; value < stop && g_ascii_isspace (*value); value++)
    ;
  if (value < stop && *value == '{')
    {
      const char *brace = memchr (value, '}', (gsize) (end - value));

      if (brace == NULL)
        return malformed (error, name, "the list of “%s” in line %d has no “}”", words, *line);
      stop = brace + 1;
      for (const char *c = value; c < stop; c++)
        *line += *c == '\n';
      newline = memchr (stop, '\n', (gsize) (end - stop));
    }
  text = g_strndup (value, (gsize) (stop - value));
  if (is_of_shape (key) && _pmt_fields_get (fields, key) != NULL)
    return malformed (error, name, "“%s” is there twice", words);
  g_array_append_val (fields, ((PmtCubeField) { g_strdup (key), g_strdup (g_strstrip (text)) }));
  *at = newline != NULL ? newline + 1 : end;
  *line += 1;
  return TRUE;
}

GArray *
_pmt_envi_parse (const char *text, gsize length, const char *name, GError **error)
{
  g_autoptr (GArray) fields = _pmt_fields_new ();
  const char        *at = text, *end = text + length;
  int                line = 2;

  if (memchr (text, '\0', length) != NULL)
    {
      malformed (error, name, "no ENVI header: it holds bytes that are no text");
      return NULL;
    }
  if (length >= 3 && memcmp (at, "\xef\xbb\xbf", 3) == 0)
    at += 3;
  if (end - at < 4 || g_ascii_strncasecmp (at, "ENVI", 4) != 0 || (end - at > 4 && !g_ascii_isspace (at[4])))
    {
      malformed (error, name, "no ENVI header: its first line is not “ENVI”");
      return NULL;
    }
  at = memchr (at, '\n', (gsize) (end - at));
  at = at != NULL ? at + 1 : end;
  while (at < end)
    {
      const char *c = at;

      while (c < end && *c != '\n' && g_ascii_isspace (*c))
        c++;
      if (c < end && *c != '\n' && *c != ';')
        {
          if (!read_field (&at, end, &line, name, fields, error))
            return NULL;
          continue;
        }
      c = memchr (c, '\n', (gsize) (end - c));
      at = c != NULL ? c + 1 : end;
      line++;
    }
  return g_steal_pointer (&fields);
}

/* -- fields to a shape -- */

/* A whole number low … high; `otherwise` (≥ low) where the field is missing, or an error where that is below low. */
static gboolean
read_whole (const GArray *fields, const char *key, gint64 low, gint64 high, gint64 otherwise, const char *name, gint64 *number,
            GError **error)
{
  const char *value = _pmt_fields_get (fields, key);
  char       *end = NULL;

  *number = otherwise;
  if (value == NULL && otherwise >= low)
    return TRUE;
  if (value == NULL)
    return malformed (error, name, "“%s” is missing", key);
  errno = 0;
  *number = g_ascii_strtoll (value, &end, 10);
  if (errno == 0 && end != value && *end == '\0' && *number >= low && *number <= high)
    return TRUE;
  {
    g_autofree char *words = shown (value);

    return malformed (error, name, "“%s” is a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", not “%s”", key, low,
                      high, words);
  }
}

static gboolean
read_type (const GArray *fields, const char *name, PmtCubeType *type, GError **error)
{
  gint64 number;

  if (!read_whole (fields, "data type", 1, 99, 0, name, &number, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].number == number)
      {
        *type = types[i].type;
        return TRUE;
      }
  if (number != 6 && number != 9)
    return malformed (error, name, "“data type” %d is none that ENVI knows", (int) number);
  g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
               "%s: “data type” %d are complex numbers; split them into real and imaginary parts first", name, (int) number);
  return FALSE;
}

static gboolean
read_layout (const GArray *fields, gint64 bands, const char *name, PmtCubeLayout *layout, GError **error)
{
  const char      *value = _pmt_fields_get (fields, "interleave");
  g_autofree char *low = value != NULL ? g_ascii_strdown (value, -1) : NULL, *words = NULL;

  *layout = PMT_LAYOUT_BSQ;
  if (low == NULL && bands == 1)
    return TRUE;
  if (low == NULL)
    return malformed (error, name, "“interleave” is missing");
  if (strlen (low) == 3 && pmt_cube_layout_from_nick (low, layout))
    return TRUE;
  words = shown (value);
  return malformed (error, name, "“interleave” is bsq, bil or bip, not “%s”", words);
}

/* What would have to be undone first. */
static gboolean
refuse_packed (const GArray *fields, const char *name, GError **error)
{
  static const char *const keys[] = { "file compression", "major frame offsets", "minor frame offsets" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = _pmt_fields_get (fields, keys[i]);

      if (value == NULL || strcspn (value, "123456789") == strlen (value))
        continue;
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "%s: data with “%s” are not read", name, keys[i]);
      return FALSE;
    }
  return TRUE;
}

gboolean
_pmt_envi_shape (const GArray *fields, const char *name, PmtEnviShape *shape, GError **error)
{
  gint64 samples, lines, bands, offset, order;

  if (!read_whole (fields, "samples", 1, MOST_SIDE, 0, name, &samples, error)
      || !read_whole (fields, "lines", 1, MOST_SIDE, 0, name, &lines, error)
      || !read_whole (fields, "bands", 1, MOST_BANDS, 0, name, &bands, error)
      || !read_whole (fields, "header offset", 0, G_MAXINT64 / 4, 0, name, &offset, error)
      || !read_whole (fields, "byte order", 0, 1, 0, name, &order, error) || !read_type (fields, name, &shape->type, error)
      || !read_layout (fields, bands, name, &shape->layout, error) || !refuse_packed (fields, name, error))
    return FALSE;
  shape->size = (PmtSize) { (int) samples, (int) lines };
  shape->bands = (int) bands;
  shape->offset = (guint64) offset;
  shape->swapped = order != (G_BYTE_ORDER == G_BIG_ENDIAN);
  if ((double) samples * lines * bands * _pmt_cube_type_size (shape->type) < 4e18)
    return TRUE;
  return malformed (error, name, "“samples”, “lines” and “bands” make more than any file holds");
}

/* -- and back -- */

static int
number_of (PmtCubeType type)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].type == type)
      return types[i].number;
  return 0;   /* signed bytes: not for ENVI, which callers know */
}

char *
_pmt_envi_format (const GArray *fields, const PmtEnviShape *shape)
{
  static const char *const layouts[] = { "", "bsq", "bil", "bip" };
  GString                 *text = g_string_new ("ENVI\n");
  const char              *kind = _pmt_fields_get (fields, "file type");

  g_string_append_printf (text, "samples = %d\nlines = %d\nbands = %d\nheader offset = %" G_GUINT64_FORMAT "\nfile type = %s\n"
                          "data type = %d\ninterleave = %s\nbyte order = %d\n", shape->size.width, shape->size.height, shape->bands,
                          shape->offset, kind != NULL ? kind : "ENVI Standard", number_of (shape->type), layouts[shape->layout],
                          (G_BYTE_ORDER == G_BIG_ENDIAN) != shape->swapped);
  for (guint i = 0; i < fields->len; i++)
    {
      const PmtCubeField *f = &g_array_index (fields, PmtCubeField, i);

      if (!is_of_shape (f->key))
        g_string_append_printf (text, "%s = %s\n", f->key, f->value);
    }
  return g_string_free (text, FALSE);
}
