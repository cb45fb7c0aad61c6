/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ENVI's raw data, read by rectangle. Value (x, y, band) of W × H × B lies at
 *   bsq: (band·H + y)·W + x,   bil: (y·B + band)·W + x,   bip: (y·W + x)·B + band. */
#include "cube/cube-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/read-file.h"

#define MOST_HEADER (64 << 20)   /* bytes; names of a million bands fit */

typedef struct
{
  PmtEnviShape shape;
  char        *path;
  int          file;
} Raw;

static const char *const endings[] =
{ "", ".raw", ".img", ".dat", ".bsq", ".bil", ".bip", ".bin", ".cube", ".RAW", ".IMG", ".DAT", ".BSQ", ".BIL", ".BIP", NULL };

static gboolean
has_header_ending (const char *path)
{
  gsize length = strlen (path);

  return length > 4 && g_ascii_strcasecmp (path + length - 4, ".hdr") == 0;
}

/* Of "x.raw" the "x". */
static char *
without_ending (const char *path)
{
  const char *slash = strrchr (path, '/'), *dot = strrchr (path, '.');

  return dot != NULL && dot > (slash != NULL ? slash + 1 : path) ? g_strndup (path, (gsize) (dot - path)) : NULL;
}

char *
_pmt_envi_header_of (const char *path)
{
  g_autofree char *stem = without_ending (path);
  const char      *begin[] = { path, stem }, *end[] = { ".hdr", ".HDR" };

  for (int i = 0; i < 4; i++)
    {
      g_autofree char *header = begin[i / 2] != NULL ? g_strconcat (begin[i / 2], end[i % 2], NULL) : NULL;

      if (header != NULL && g_file_test (header, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&header);
    }
  return NULL;
}

char *
_pmt_envi_data_of (const char *path)
{
  g_autofree char *stem = without_ending (path);

  for (int i = 0; stem != NULL && endings[i] != NULL; i++)
    {
      g_autofree char *data = g_strconcat (stem, endings[i], NULL);

      if (g_file_test (data, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&data);
    }
  return NULL;
}

gboolean
pmt_cube_is_envi (const char *path)
{
  g_autofree char *header = NULL;

  if (has_header_ending (path))
    return TRUE;
  /* A picture may have a world file or a header of another kind beside it. */
  for (int i = 1; endings[i] != NULL; i++)
    if (g_str_has_suffix (path, endings[i]))
      return (header = _pmt_envi_header_of (path)) != NULL;
  {
    g_autofree char *name = g_path_get_basename (path);

    return strchr (name, '.') == NULL && (header = _pmt_envi_header_of (path)) != NULL;
  }
}

static gboolean
read_bytes (const Raw *raw, guint8 *dest, gsize length, guint64 offset, GError **error)
{
  while (length > 0)
    {
      gssize n = pread (raw->file, dest, length, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot read “%s”: %s", raw->path,
                       n == 0 ? "it has become shorter" : g_strerror (errno));
          return FALSE;
        }
      dest += n;
      offset += (guint64) n;
      length -= (gsize) n;
    }
  return TRUE;
}

static gboolean
read_rect (gpointer self, int band, const PmtRect *rect, guint8 *dest, GError **error)
{
  const Raw          *raw = self;
  const PmtEnviShape *s = &raw->shape;
  gsize               size = _pmt_cube_type_size (s->type), deep = s->layout == PMT_LAYOUT_BIP ? (gsize) s->bands : 1;
  gsize               row = rect->width * deep * size;
  gboolean            whole = s->layout != PMT_LAYOUT_BIL && rect->width == s->size.width;
  guint64             w = (guint64) s->size.width, h = (guint64) s->size.height;

  for (int y = 0; y < rect->height; y++)
    {
      guint64 line = (guint64) (rect->y + y);
      guint64 first = s->layout == PMT_LAYOUT_BSQ ? ((guint64) band * h + line) * w
                      : s->layout == PMT_LAYOUT_BIL ? (line * (guint64) s->bands + (guint64) band) * w : line * w * deep;
      gsize   bytes = whole ? row * (gsize) rect->height : row;

      if (!read_bytes (raw, dest + (gsize) y * row, bytes, s->offset + (first + (guint64) rect->x * deep) * size, error))
        return FALSE;
      if (whole)
        break;
    }
  if (s->swapped)
    _pmt_cube_swap (s->type, (gsize) rect->width * rect->height * deep, dest);
  return TRUE;
}

static void
free_raw (gpointer self)
{
  Raw *raw = self;

  if (raw->file >= 0)
    close (raw->file);
  g_free (raw->path);
  g_free (raw);
}

static const PmtCubeClass raw_class = { read_rect, free_raw };

/* The data, as long as the header says. */
static gboolean
open_data (Raw *raw, const char *header, GError **error)
{
  const PmtEnviShape *s = &raw->shape;
  guint64     bytes = (guint64) s->size.width * (guint64) s->size.height * (guint64) s->bands * _pmt_cube_type_size (s->type);
  struct stat there;

  raw->file = g_open (raw->path, O_RDONLY | O_CLOEXEC, 0);
  if (raw->file < 0 || fstat (raw->file, &there) != 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot read “%s”: %s", raw->path, g_strerror (errno));
      return FALSE;
    }
  if ((guint64) there.st_size >= s->offset + bytes)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT,
               "“%s” has %" G_GUINT64_FORMAT " bytes, and by “samples”, “lines”, “bands”, “data type” and “header offset” in “%s” "
               "it has %" G_GUINT64_FORMAT, raw->path, (guint64) there.st_size, header, s->offset + bytes);
  return FALSE;
}

gboolean
_pmt_cube_open_envi (PmtCube *cube, GError **error)
{
  gboolean            is_header = has_header_ending (cube->path);
  g_autofree char    *header = is_header ? g_strdup (cube->path) : _pmt_envi_header_of (cube->path);
  g_autofree char    *data = is_header ? _pmt_envi_data_of (cube->path) : g_strdup (cube->path);
  g_autoptr (GString) text = header != NULL ? pmt_file_read (header, MOST_HEADER, error) : NULL;
  Raw                *raw = g_new0 (Raw, 1);

  raw->file = -1;
  cube->klass = &raw_class;
  cube->self = raw;
  if (text == NULL)
    return FALSE;
  g_array_unref (cube->fields);
  cube->fields = _pmt_envi_parse (text->str, text->len, header, error);
  if (cube->fields == NULL || !_pmt_envi_shape (cube->fields, header, &raw->shape, error))
    return FALSE;
  if (data == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "“%s” has no data beside it (.raw, .img, .dat, .bsq, .bil, .bip or no ending)",
                   header);
      return FALSE;
    }
  raw->path = g_strdup (data);
  cube->files = g_new0 (char *, 3);
  cube->files[0] = g_steal_pointer (&header);
  cube->files[1] = g_steal_pointer (&data);
  cube->size = raw->shape.size;
  cube->bands = raw->shape.bands;
  cube->type = raw->shape.type;
  cube->layout = raw->shape.layout;
  cube->interleaved = cube->layout == PMT_LAYOUT_BIP;
  return open_data (raw, cube->files[0], error) && _pmt_cube_read_ignore (cube, error);
}
