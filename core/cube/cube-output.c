/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a cube's values go: one file of raw data with an ENVI header beside it, one TIFF, or a TIFF for each band. Every value's place is
 * known from the start, so that bands and tiles are written in any order by any thread. */
#include "cube/cube-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/error.h"

struct _PmtCubeOutput
{
  PmtCubeFileKind kind;
  PmtCubeForm     form;
  char           *path;        /* of the data, or the folder */
  char           *header;      /* ENVI's */
  int             n;           /* files */
  PmtAtomicFile **file;
  guint64         start, bytes;   /* of the values in each file */
  int             single;      /* the file, open, where there is one; -1 */
};

static gboolean
fail (const char *path, int code, GError **error)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: %s", path, g_strerror (code));
  return FALSE;
}

static const char *
ending_of (const char *path)
{
  const char *slash = strrchr (path, '/'), *dot = strrchr (path, '.');

  return dot != NULL && dot > (slash != NULL ? slash + 1 : path) ? dot : path + strlen (path);
}

PmtCubeFileKind
_pmt_cube_file_kind (const char *path)
{
  const char *ending = ending_of (path);

  if (g_str_has_suffix (path, "/") || g_file_test (path, G_FILE_TEST_IS_DIR))
    return PMT_CUBE_FILE_FOLDER;
  return g_ascii_strcasecmp (ending, ".tif") == 0 || g_ascii_strcasecmp (ending, ".tiff") == 0 ? PMT_CUBE_FILE_TIFF
                                                                                               : PMT_CUBE_FILE_ENVI;
}

/* -- names -- */

static void
name_envi (PmtCubeOutput *o, const char *path)
{
  const char      *ending = ending_of (path);
  g_autofree char *stem = g_strndup (path, (gsize) (ending - path));

  o->path = g_ascii_strcasecmp (ending, ".hdr") == 0 ? g_strconcat (stem, ".raw", NULL) : g_strdup (path);
  o->header = g_strconcat (stem, ".hdr", NULL);
}

static char *
file_name (const PmtCubeOutput *o, int i)
{
  g_autofree char *leaf = NULL;

  if (o->kind != PMT_CUBE_FILE_FOLDER)
    return g_strdup (o->path);
  leaf = o->form.names != NULL ? g_strconcat (o->form.names[i], ".tif", NULL) : g_strdup_printf ("band-%04d.tif", i + 1);
  return g_build_filename (o->path, leaf, NULL);
}

static gboolean
set_length (const char *path, guint64 length, GError **error)
{
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0), code;

  if (fd >= 0 && ftruncate (fd, 0) == 0 && ftruncate (fd, (off_t) length) == 0)
    {
      close (fd);
      return TRUE;
    }
  code = errno;
  if (fd >= 0)
    close (fd);
  return fail (path, code, error);
}

static gboolean
has_length (const char *path, guint64 length)
{
  GStatBuf there;

  return g_stat (path, &there) == 0 && (guint64) there.st_size == length;
}

gboolean
_pmt_cube_output_clear (PmtCubeOutput *o, GError **error)
{
  for (int i = 0; i < o->n; i++)
    if (!set_length (pmt_atomic_file_get_path (o->file[i]), o->start + o->bytes, error))
      return FALSE;
  return TRUE;
}

static gboolean
open_files (PmtCubeOutput *o, gboolean resume, gboolean *all, GError **error)
{
  *all = resume;
  for (int i = 0; i < o->n; i++)
    {
      g_autofree char *name = file_name (o, i);
      gboolean         there = FALSE;

      o->file[i] = resume || o->n > 1 ? pmt_atomic_file_new_part (name, resume, &there, error) : pmt_atomic_file_new (name, error);
      if (o->file[i] == NULL)
        return FALSE;
      *all = *all && there && has_length (pmt_atomic_file_get_path (o->file[i]), o->start + o->bytes);
    }
  if (!*all && !_pmt_cube_output_clear (o, error))
    return FALSE;
  if (o->n == 1)
    o->single = g_open (pmt_atomic_file_get_path (o->file[0]), O_WRONLY | O_CLOEXEC, 0);
  return o->n > 1 || o->single >= 0 || fail (o->path, errno, error);
}

PmtCubeOutput *
_pmt_cube_output_new (const char *path, const PmtCubeForm *form, gboolean resume, gboolean *there, GError **error)
{
  g_autoptr (PmtCubeOutput) o = g_new0 (PmtCubeOutput, 1);

  o->kind = _pmt_cube_file_kind (path);
  o->form = *form;
  o->single = -1;
  o->n = o->kind == PMT_CUBE_FILE_FOLDER ? form->bands : 1;
  o->bytes = (guint64) form->size.width * (guint64) form->size.height * (guint64) (form->bands / o->n)
             * _pmt_cube_type_size (form->type);
  if (o->kind == PMT_CUBE_FILE_ENVI)
    name_envi (o, path);
  else
    {
      o->path = g_strdup (path);
      o->start = 16;
    }
  if (o->kind == PMT_CUBE_FILE_FOLDER && g_mkdir_with_parents (path, 0777) != 0)
    {
      fail (path, errno, error);
      return NULL;
    }
  o->file = g_new0 (PmtAtomicFile *, o->n + 1);
  return open_files (o, resume, there, error) ? g_steal_pointer (&o) : NULL;
}

const char *
_pmt_cube_output_get_path (const PmtCubeOutput *o)
{
  return o->path;
}

/* -- values -- */

static gboolean
write_bytes (int fd, const char *path, const guint8 *data, gsize length, guint64 offset, GError **error)
{
  while (length > 0)
    {
      gssize n = pwrite (fd, data, length, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return fail (path, n == 0 ? ENOSPC : errno, error);
      data += n;
      offset += (guint64) n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* The file of a band, open; to be closed by who opened it. */
static int
open_band (const PmtCubeOutput *o, int band)
{
  return o->single >= 0 ? o->single : g_open (pmt_atomic_file_get_path (o->file[band]), O_WRONLY | O_CLOEXEC, 0);
}

gboolean
_pmt_cube_output_write (PmtCubeOutput *o, int band, const PmtRect *rect, const guint8 *values, GError **error)
{
  const PmtCubeForm *f = &o->form;
  gsize              size = _pmt_cube_type_size (f->type), deep = f->layout == PMT_LAYOUT_BIP ? (gsize) f->bands : 1;
  gsize              row = (gsize) rect->width * deep * size;
  guint64            w = (guint64) f->size.width, h = (guint64) f->size.height, plane = o->n > 1 ? 0 : (guint64) band;
  gboolean           whole = rect->width == f->size.width && f->layout != PMT_LAYOUT_BIL, done = TRUE;
  int                fd = open_band (o, band);

  if (fd < 0)
    return fail (o->path, errno, error);
  for (int y = 0; done && y < (whole ? 1 : rect->height); y++)
    {
      guint64 line = (guint64) (rect->y + y);
      guint64 first = f->layout == PMT_LAYOUT_BSQ ? (plane * h + line) * w
                      : f->layout == PMT_LAYOUT_BIL ? (line * (guint64) f->bands + plane) * w : line * w * deep;

      done = write_bytes (fd, o->path, values + (gsize) y * row, whole ? row * (gsize) rect->height : row,
                          o->start + (first + (guint64) rect->x * deep) * size, error);
    }
  if (fd != o->single)
    close (fd);
  return done;
}

gboolean
_pmt_cube_output_sync (PmtCubeOutput *o, int from, int to, GError **error)
{
  for (int band = from; band < (o->single >= 0 ? MIN (to, from + 1) : to); band++)
    {
      int fd = open_band (o, band), code = fd < 0 || fdatasync (fd) != 0 ? errno : 0;

      if (fd >= 0 && fd != o->single)
        close (fd);
      if (code != 0)
        return fail (o->path, code, error);
    }
  return TRUE;
}

/* -- the end -- */

/* Lists with an item for each band. */
static const char *const band_lists[] =
{
  "wavelength", "fwhm", "band names", "bbl", "data gain values", "data offset values", "data reflectance gain values",
  "data reflectance offset values", NULL
};

/* Of those, the item of one. */
static GArray *
fields_of_band (const PmtCubeForm *form, int band)
{
  GArray *fields = _pmt_fields_copy (form->fields);

  for (guint i = 0; i < fields->len; i++)
    {
      PmtCubeField   *f = &g_array_index (fields, PmtCubeField, i);
      g_auto (GStrv)  parts = g_strv_contains (band_lists, f->key) ? _pmt_fields_list (f->value) : NULL;
      char           *one;

      if (parts == NULL || form->bands == 1 || (int) g_strv_length (parts) != form->bands)
        continue;
      one = g_strdup_printf ("{%s}", parts[band]);
      g_free (f->value);
      f->value = one;
    }
  return fields;
}

static gboolean
write_frame (PmtCubeOutput *o, int band, GError **error)
{
  g_autoptr (GArray) fields = o->n > 1 ? fields_of_band (&o->form, band) : g_array_ref (o->form.fields);
  PmtCubeForm        form = o->form;
  PmtTiffLayout      tiff;
  int                fd = open_band (o, band);
  gboolean           done;

  if (fd < 0)
    return fail (o->path, errno, error);
  form.fields = fields;
  form.bands /= o->n;
  _pmt_tiff_layout_init (&tiff, &form);
  done = write_bytes (fd, o->path, tiff.head->data, tiff.head->len, 0, error)
         && write_bytes (fd, o->path, tiff.tail->data, tiff.tail->len, o->start + o->bytes, error);
  _pmt_tiff_layout_clear (&tiff);
  if (fd != o->single)
    close (fd);
  return done;
}

/* The old header goes first: data never lie beside one that is not theirs. */
static gboolean
commit_envi (PmtCubeOutput *o, GError **error)
{
  PmtEnviShape     shape = { o->form.size, o->form.bands, o->form.type, o->form.layout, 0, FALSE };
  g_autofree char *text = _pmt_envi_format (o->form.fields, &shape);

  if (g_unlink (o->header) != 0 && errno != ENOENT)
    return fail (o->header, errno, error);
  return pmt_atomic_file_commit (o->file[0], error) && pmt_atomic_file_write (o->header, text, strlen (text), error);
}

gboolean
_pmt_cube_output_commit (PmtCubeOutput *o, GError **error)
{
  if (o->kind == PMT_CUBE_FILE_ENVI)
    return commit_envi (o, error);
  for (int i = 0; i < o->n; i++)
    if (!write_frame (o, i, error))
      return FALSE;
  for (int i = 0; i < o->n; i++)
    if (!pmt_atomic_file_commit (o->file[i], error))
      return FALSE;
  return TRUE;
}

void
_pmt_cube_output_free (PmtCubeOutput *o)
{
  if (o == NULL)
    return;
  for (int i = 0; o->file != NULL && i < o->n; i++)
    pmt_atomic_file_free (o->file[i]);
  if (o->single >= 0)
    close (o->single);
  g_free (o->file);
  g_free (o->path);
  g_free (o->header);
  g_free (o);
}
