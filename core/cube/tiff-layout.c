/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A TIFF (6.0, or BigTIFF beyond 4 GB) without compression: head, values, directories. Values lie as a raw file's, so they can be
 * written anywhere at any time; their places are known before. Pages are bands (BSQ), or one page has them all (BIP). In this
 * machine's byte order. What the header says of the cube stands in the first page's description, in ENVI's syntax; a band's name is its
 * page's. */
#include "cube/cube-private.h"

#include <string.h>

#define START       16              /* of the values: behind either kind of head */
#define STRIP       (512 << 10)     /* bytes, or a row */
#define CLASSIC     4200000000.0    /* bytes that offsets of 32 bits reach, with room for directories */

enum { ASCII = 2, SHORT = 3, LONG = 4, LONG8 = 16 };

typedef struct { guint16 tag, type; guint64 count; GByteArray *data; } Entry;

typedef struct
{
  const PmtCubeForm *form;
  gboolean           big;
  GArray            *entries;      /* of the directory at hand */
  GByteArray        *tail;
  guint64            base;         /* where the tail begins in the file */
} Writer;

static void
clear_entry (gpointer data)
{
  g_byte_array_unref (((Entry *) data)->data);
}

static GByteArray *
add (Writer *w, guint16 tag, guint16 type, guint64 count, const void *data, gsize bytes)
{
  Entry entry = { tag, type, count, g_byte_array_new () };

  if (bytes > 0)
    g_byte_array_append (entry.data, data, (guint) bytes);
  g_array_append_val (w->entries, entry);
  return entry.data;
}

static void
add_short (Writer *w, guint16 tag, guint16 value)
{
  add (w, tag, SHORT, 1, &value, sizeof value);
}

static void
add_long (Writer *w, guint16 tag, guint32 value)
{
  add (w, tag, LONG, 1, &value, sizeof value);
}

/* The same for each of n bands. */
static void
add_shorts (Writer *w, guint16 tag, guint16 value, int n)
{
  GByteArray *data = add (w, tag, SHORT, (guint64) n, NULL, 0);

  for (int i = 0; i < n; i++)
    g_byte_array_append (data, (const guint8 *) &value, sizeof value);
}

static void
add_offset (const Writer *w, GByteArray *data, guint64 value)
{
  guint32 narrow = (guint32) value;

  g_byte_array_append (data, w->big ? (const guint8 *) &value : (const guint8 *) &narrow, w->big ? 8 : 4);
}

static void
add_text (Writer *w, guint16 tag, const char *text)
{
  add (w, tag, ASCII, strlen (text) + 1, text, strlen (text) + 1);
}

/* `bands` values a pixel, from `first` on in the file. */
static void
add_strips (Writer *w, guint64 first, int bands)
{
  guint64     row = (guint64) w->form->size.width * (guint64) bands * _pmt_cube_type_size (w->form->type);
  int         rows = (int) CLAMP (STRIP / row, 1, (guint64) w->form->size.height);
  int         n = (w->form->size.height + rows - 1) / rows;
  guint16     type = w->big ? LONG8 : LONG;
  GByteArray *offsets = add (w, 273, type, (guint64) n, NULL, 0), *counts;

  add_short (w, 277, (guint16) bands);
  add_long (w, 278, (guint32) rows);
  counts = add (w, 279, type, (guint64) n, NULL, 0);
  for (int i = 0; i < n; i++)
    {
      add_offset (w, offsets, first + (guint64) i * (guint64) rows * row);
      add_offset (w, counts, (guint64) MIN (rows, w->form->size.height - i * rows) * row);
    }
}

/* Writes the directory that was gathered; another one follows, or none. */
static void
end_directory (Writer *w, gboolean last)
{
  static const guint8 zero[8] = { 0 };
  guint               n = w->entries->len, slot = w->big ? 8 : 4, room = w->big ? 8 + 20 * n + 8 : 2 + 12 * n + 4;
  GByteArray         *extra = g_byte_array_new (), *next = g_byte_array_new ();
  guint64             here = w->base + w->tail->len, many = n, after;
  guint16             few = (guint16) n;

  g_byte_array_append (w->tail, w->big ? (const guint8 *) &many : (const guint8 *) &few, w->big ? 8 : 2);
  for (guint i = 0; i < n; i++)
    {
      const Entry *e = &g_array_index (w->entries, Entry, i);
      guint32      count = (guint32) e->count;

      g_byte_array_append (w->tail, (const guint8 *) &e->tag, 2);
      g_byte_array_append (w->tail, (const guint8 *) &e->type, 2);
      g_byte_array_append (w->tail, w->big ? (const guint8 *) &e->count : (const guint8 *) &count, slot);
      if (e->data->len <= slot)
        {
          g_byte_array_append (w->tail, e->data->data, e->data->len);
          g_byte_array_append (w->tail, zero, slot - e->data->len);
          continue;
        }
      add_offset (w, w->tail, here + room + extra->len);
      g_byte_array_append (extra, e->data->data, e->data->len);
      g_byte_array_append (extra, zero, (8 - extra->len % 8) % 8);
    }
  g_byte_array_append (extra, zero, (8 - (room + extra->len) % 8) % 8);
  after = here + room + extra->len;
  add_offset (w, next, last ? 0 : after);
  g_byte_array_append (w->tail, next->data, next->len);
  g_byte_array_append (w->tail, extra->data, extra->len);
  g_byte_array_unref (extra);
  g_byte_array_unref (next);
  g_array_set_size (w->entries, 0);
}

/* What all programs want to know of a page, in the order of tags. */
static void
add_page (Writer *w, int page, int bands, const char *description, const char *name)
{
  static const guint16 formats[] = { 1, 2, 1, 2, 1, 2, 1, 2, 3, 3 };
  const PmtCubeForm   *f = w->form;
  gsize                size = _pmt_cube_type_size (f->type);
  guint64              plane = (guint64) f->size.width * (guint64) f->size.height * size;
  const char          *ignore = _pmt_fields_get (f->fields, "data ignore value");

  if (w->form->layout == PMT_LAYOUT_BSQ && f->bands > 1)
    add_long (w, 254, 2);     /* a page of many */
  add_long (w, 256, (guint32) f->size.width);
  add_long (w, 257, (guint32) f->size.height);
  add_shorts (w, 258, (guint16) (8 * size), bands);
  add_short (w, 259, 1);
  add_short (w, 262, 1);
  if (description != NULL)
    add_text (w, 270, description);
  add_strips (w, START + (guint64) page * plane, bands);
  add_short (w, 284, 1);
  if (name != NULL)
    add_text (w, 285, name);
  if (bands > 1)
    add_shorts (w, 338, 0, bands - 1);
  add_shorts (w, 339, formats[f->type], bands);
  if (ignore != NULL)
    add_text (w, 42113, ignore);
}

static void
make_head (PmtTiffLayout *tiff, gboolean big, guint64 directory)
{
  guint16 mark = G_BYTE_ORDER == G_BIG_ENDIAN ? 0x4d4d : 0x4949, version = big ? 43 : 42, size = 8, none = 0;
  guint32 narrow = (guint32) directory;

  g_byte_array_append (tiff->head, (const guint8 *) &mark, 2);
  g_byte_array_append (tiff->head, (const guint8 *) &version, 2);
  if (!big)
    {
      g_byte_array_append (tiff->head, (const guint8 *) &narrow, 4);
      return;
    }
  g_byte_array_append (tiff->head, (const guint8 *) &size, 2);
  g_byte_array_append (tiff->head, (const guint8 *) &none, 2);
  g_byte_array_append (tiff->head, (const guint8 *) &directory, 8);
}

void
_pmt_tiff_layout_init (PmtTiffLayout *tiff, const PmtCubeForm *form)
{
  static const guint8 zero[8] = { 0 };
  guint64             bytes = (guint64) form->size.width * (guint64) form->size.height * (guint64) form->bands
                              * _pmt_cube_type_size (form->type);
  Writer              w = { .form = form, .big = bytes > CLASSIC, .base = START + bytes };
  PmtEnviShape        shape = { form->size, form->bands, form->type, form->layout, 0, FALSE };
  g_autofree char    *description = _pmt_envi_format (form->fields, &shape);
  const char         *list = _pmt_fields_get (form->fields, "band names");
  g_auto (GStrv)      names = list != NULL ? _pmt_fields_list (list) : NULL;
  gboolean            pages = form->layout == PMT_LAYOUT_BSQ, named = names != NULL && (int) g_strv_length (names) == form->bands;

  *tiff = (PmtTiffLayout) { START, g_byte_array_new (), g_byte_array_new () };
  w.tail = tiff->tail;
  w.entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (w.entries, clear_entry);
  g_byte_array_append (w.tail, zero, (guint) ((8 - w.base % 8) % 8));
  make_head (tiff, w.big, w.base + w.tail->len);
  for (int page = 0; page < (pages ? form->bands : 1); page++)
    {
      add_page (&w, page, pages ? 1 : form->bands, page == 0 ? description : NULL, pages && named ? names[page] : NULL);
      end_directory (&w, !pages || page == form->bands - 1);
    }
  g_array_unref (w.entries);
}

void
_pmt_tiff_layout_clear (PmtTiffLayout *tiff)
{
  g_byte_array_unref (tiff->head);
  g_byte_array_unref (tiff->tail);
}
