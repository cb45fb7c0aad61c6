/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A field as NIfTI-1 in one file (.nii): five dimensions, columns × rows × 1 × 1 × 2, 32-bit floats; first all dx,
 * then all dy. NIfTI's world is RAS, x to the right and y to the front of a patient, millimetres; ITK and ANTs count
 * LPS, −x and −y, and write the vectors of fields (intent 1007) in that. So do we: with 1 px = 1 mm and the sform
 * diag (−stride, −stride, 1) LPS is the image's x and y, and vectors are (dx, dy) as they are. ITK puts the first
 * pixel's centre at (0, 0) of an image without a stated origin, so the field's origin is (stride − 1)/2 there.
 *
 * Read are vectors of intent 1007 as LPS and of 1006 as RAS, which NIfTI calls displacements, in the sform, else the
 * qform, else the pixel sizes; little and big endian; 32- and 64-bit floats. The frame stands in `descrip`. */
#include "exchange/field-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "base/parallel.h"

#define HEADER       348
#define DATA         352      /* where samples begin: no extensions */
#define INTENT_RAS   1006     /* NIFTI_INTENT_DISPVECT */
#define INTENT_LPS   1007     /* NIFTI_INTENT_VECTOR */
#define TYPE_FLOAT   16
#define TYPE_DOUBLE  64
#define UNIT_MM      2
#define MAX_SIDE     32767    /* dimensions have 16 bits */
#define STRIP        32       /* rows computed at a time, on all threads */

/* Where fields of the header begin, in bytes. */
enum { AT_DIM = 40, AT_INTENT = 68, AT_TYPE = 70, AT_BITS = 72, AT_PIXDIM = 76, AT_OFFSET = 108, AT_SLOPE = 112,
       AT_INTERCEPT = 116, AT_UNITS = 123, AT_WORDS = 148, AT_QFORM = 252, AT_SFORM = 254, AT_QUATERNION = 256,
       AT_QOFFSET = 268, AT_ROWS = 280, AT_NAME = 328, AT_MAGIC = 344 };

/* -- the header -- */

static void
put_short (guint8 *header, int at, int value)
{
  header[at] = (guint8) (value & 255);
  header[at + 1] = (guint8) (value >> 8 & 255);
}

static void
put_float (guint8 *header, int at, double value)
{
  float   number = (float) value;
  guint32 bits;

  memcpy (&bits, &number, 4);
  bits = GUINT32_TO_LE (bits);
  memcpy (header + at, &bits, 4);
}

static int
get_short (const guint8 *header, int at, gboolean big)
{
  return (gint16) (big ? header[at] << 8 | header[at + 1] : header[at + 1] << 8 | header[at]);
}

static double
get_number (const guint8 *bytes, int size, gboolean big)
{
  guint64 bits = 0;
  guint32 half;
  float   single;
  double  value;

  for (int k = 0; k < size; k++)
    bits = bits << 8 | bytes[big ? k : size - 1 - k];
  half = (guint32) bits;
  memcpy (&single, &half, 4);
  memcpy (&value, &bits, 8);
  return size == 4 ? single : value;
}

static void
fill_header (const PmtFieldView *view, const char *words, guint8 *header)
{
  const int dim[8] = { 5, view->columns, view->rows, 1, 1, 2, 1, 1 };
  double    stride = view->frame.stride, origin = -0.5 * (stride - 1);

  header[0] = HEADER & 255, header[1] = HEADER >> 8;
  header[38] = 'r';
  for (int k = 0; k < 8; k++)
    {
      put_short (header, AT_DIM + 2 * k, dim[k]);
      put_float (header, AT_PIXDIM + 4 * k, k == 1 || k == 2 ? stride : 1);   /* the first: no reflection */
    }
  put_short (header, AT_INTENT, INTENT_LPS);
  put_short (header, AT_TYPE, TYPE_FLOAT);
  put_short (header, AT_BITS, 32);
  put_float (header, AT_OFFSET, DATA);
  put_float (header, AT_SLOPE, 1);
  header[AT_UNITS] = UNIT_MM;
  strncpy ((char *) header + AT_WORDS, words, 79);
  put_short (header, AT_QFORM, 1);
  put_short (header, AT_SFORM, 1);
  put_float (header, AT_QUATERNION + 8, 1);   /* half a turn about z */
  put_float (header, AT_ROWS, -stride);
  put_float (header, AT_ROWS + 20, -stride);
  put_float (header, AT_ROWS + 40, 1);
  for (int axis = 0; axis < 2; axis++)
    {
      put_float (header, AT_QOFFSET + 4 * axis, origin);
      put_float (header, AT_ROWS + 16 * axis + 12, origin);
    }
  strcpy ((char *) header + AT_NAME, "displacement");
  memcpy (header + AT_MAGIC, "n+1", 4);
}

/* -- writing -- */

typedef struct
{
  const PmtFieldView *view;
  int                 first, axis;
  float              *strip;       /* STRIP rows of the axis */
} Strip;

static gboolean
fill_row (int index, int thread, gpointer data, GError **error)
{
  Strip            *s = data;
  int               n = s->view->columns;
  g_autofree float *other = g_new (float, n);
  float            *row = s->strip + (gsize) index * (gsize) n;

  _pmt_field_row (s->view, 0, n, s->first + index, s->axis == 0 ? row : other, s->axis == 0 ? other : row, 1);
  for (int i = 0; i < n; i++)
    {
      guint32 bits;

      memcpy (&bits, &row[i], 4);
      bits = GUINT32_TO_LE (bits);
      memcpy (&row[i], &bits, 4);
    }
  return TRUE;
}

static gboolean
write_samples (PmtContext *context, const PmtFieldView *view, FILE *file, GError **error)
{
  Strip    s = { .view = view };
  gboolean good = TRUE;

  s.strip = pmt_buffer_new ((gsize) view->columns * STRIP, sizeof (float), error);
  if (s.strip == NULL)
    return FALSE;
  for (s.axis = 0; good && s.axis < 2; s.axis++)
    for (s.first = 0; good && s.first < view->rows; s.first += STRIP)
      {
        int   rows = MIN (STRIP, view->rows - s.first);
        gsize n = (gsize) view->columns * (gsize) rows;

        good = pmt_context_check (context, error) && pmt_parallel_for (context, rows, fill_row, &s, error);
        if (good && fwrite (s.strip, sizeof (float), n, file) != n)
          good = FALSE;
        pmt_context_progress (context, 0.5 * s.axis + 0.5 * s.first / view->rows);
      }
  pmt_buffer_free (s.strip);
  return good;
}

static gboolean
save (PmtContext *context, const PmtFieldView *view, const char *path, GError **error)
{
  guint8                    header[DATA] = { 0 };
  g_autofree char          *words = _pmt_field_describe (&view->frame, error);
  g_autoptr (PmtAtomicFile) target = NULL;
  FILE                     *file;
  gboolean                  good;

  if (words == NULL)
    return FALSE;
  if (view->columns > MAX_SIDE || view->rows > MAX_SIDE)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
                   "“%s”: NIfTI-1 holds at most %d samples a side, and this field has %d × %d; take a larger stride or "
                   ".tif", path, MAX_SIDE, view->columns, view->rows);
      return FALSE;
    }
  target = pmt_atomic_file_new (path, error);
  if (target == NULL)
    return FALSE;
  fill_header (view, words, header);
  file = g_fopen (pmt_atomic_file_get_path (target), "wb");
  good = file != NULL && fwrite (header, 1, DATA, file) == DATA && write_samples (context, view, file, error);
  if (file != NULL && fclose (file) != 0)
    good = FALSE;
  if (!good && (error == NULL || *error == NULL))
    g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: %s", path, g_strerror (errno));
  return good && pmt_atomic_file_commit (target, error);
}

/* -- reading -- */

typedef struct
{
  int      descriptor;
  char    *path;
  int      columns, rows, size;    /* size: bytes a number */
  gint64   offset;
  gboolean big;
  double   slope, intercept;
  double   to_pixel[2][2];         /* of the vectors in the file, to samples times the stride */
} Nifti;

static gboolean
fail (const char *path, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (const char *path, GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: %s", path, text);
  return FALSE;
}

static void
free_nifti (gpointer data)
{
  Nifti *self = data;

  if (self->descriptor >= 0)
    close (self->descriptor);
  g_free (self->path);
  g_free (self);
}

static gboolean
read_at (const Nifti *self, guint8 *bytes, gsize length, gint64 at, GError **error)
{
  while (length > 0)
    {
      gssize got = pread (self->descriptor, bytes, length, at);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot read “%s”: %s", self->path, g_strerror (errno));
          return FALSE;
        }
      if (got == 0)
        return fail (self->path, error, "the file is truncated");
      bytes += got, at += got, length -= (gsize) got;
    }
  return TRUE;
}

static gboolean
read_pixels (gpointer data, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  const Nifti       *self = data;
  gsize              length = (gsize) rect->width * (gsize) self->size;
  g_autofree guint8 *bytes = g_try_malloc (2 * length);

  if (bytes == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for a row of %d samples", rect->width);
      return FALSE;
    }
  for (int y = 0; y < rect->height; y++)
    {
      float *out = dest + (gsize) y * stride;
      gint64 index = (gint64) (rect->y + y) * self->columns + rect->x;

      for (int axis = 0; axis < 2; axis++)
        if (!read_at (self, bytes + (gsize) axis * length, length,
                      self->offset + self->size * (index + (gint64) axis * self->columns * self->rows), error))
          return FALSE;
      for (int i = 0; i < rect->width; i++)
        {
          double v[2];

          for (int axis = 0; axis < 2; axis++)
            v[axis] = self->intercept + self->slope
                      * get_number (bytes + (gsize) axis * length + (gsize) i * (gsize) self->size, self->size, self->big);
          out[2 * i] = (float) (self->to_pixel[0][0] * v[0] + self->to_pixel[0][1] * v[1]);
          out[2 * i + 1] = (float) (self->to_pixel[1][0] * v[0] + self->to_pixel[1][1] * v[1]);
        }
    }
  return TRUE;
}

static const PmtSourceClass source_class = { read_pixels, free_nifti };

/* How the plane's samples lie in the world, RAS: columns are what a sample to the right and one down move by. */
static void
read_axes (const guint8 *h, gboolean big, double axes[2][2])
{
  double px = fabs (get_number (h + AT_PIXDIM + 4, 4, big)), py = fabs (get_number (h + AT_PIXDIM + 8, 4, big));
  double b = get_number (h + AT_QUATERNION, 4, big), c = get_number (h + AT_QUATERNION + 4, 4, big);
  double d = get_number (h + AT_QUATERNION + 8, 4, big), a = sqrt (fmax (0, 1 - b * b - c * c - d * d));

  axes[0][0] = px, axes[1][1] = py, axes[0][1] = axes[1][0] = 0;
  if (get_short (h, AT_SFORM, big) > 0)
    for (int r = 0; r < 2; r++)
      for (int k = 0; k < 2; k++)
        axes[r][k] = get_number (h + AT_ROWS + 16 * r + 4 * k, 4, big);
  else if (get_short (h, AT_QFORM, big) > 0)
    {
      axes[0][0] = px * (a * a + b * b - c * c - d * d), axes[0][1] = py * 2 * (b * c - a * d);
      axes[1][0] = px * 2 * (b * c + a * d), axes[1][1] = py * (a * a + c * c - b * b - d * d);
    }
}

static gboolean
read_geometry (Nifti *self, const guint8 *h, int stride, GError **error)
{
  double axes[2][2], whole, sign = get_short (h, AT_INTENT, self->big) == INTENT_LPS ? -1 : 1, slope;

  read_axes (h, self->big, axes);
  whole = axes[0][0] * axes[1][1] - axes[0][1] * axes[1][0];
  if (!isfinite (whole) || fabs (whole) < 1e-12)
    return fail (self->path, error, "its axes do not span the plane: the sform, qform or pixel sizes are wrong");
  self->to_pixel[0][0] = sign * stride * axes[1][1] / whole, self->to_pixel[0][1] = -sign * stride * axes[0][1] / whole;
  self->to_pixel[1][0] = -sign * stride * axes[1][0] / whole, self->to_pixel[1][1] = sign * stride * axes[0][0] / whole;
  slope = get_number (h + AT_SLOPE, 4, self->big);
  self->slope = isfinite (slope) && slope != 0 ? slope : 1;
  self->intercept = isfinite (slope) && slope != 0 ? get_number (h + AT_INTERCEPT, 4, self->big) : 0;
  return TRUE;
}

static gboolean
read_shape (Nifti *self, const guint8 *h, GError **error)
{
  int         dim[6], type = get_short (h, AT_TYPE, self->big), intent = get_short (h, AT_INTENT, self->big);
  double      offset = get_number (h + AT_OFFSET, 4, self->big);
  gint64      end;
  struct stat status;

  for (int k = 0; k < 6; k++)
    dim[k] = get_short (h, AT_DIM + 2 * k, self->big);
  if (intent != INTENT_RAS && intent != INTENT_LPS)
    return fail (self->path, error, "is no field of vectors: its intent is %d, not %d or %d", intent, INTENT_RAS, INTENT_LPS);
  if (dim[0] != 5 || dim[1] < 1 || dim[2] < 1 || dim[3] != 1 || dim[4] != 1 || dim[5] != 2)
    return fail (self->path, error, "is no plane of vectors of 2: its dimensions are %d × %d × %d × %d × %d (%d of them count)",
                 dim[1], dim[2], dim[3], dim[4], dim[5], dim[0]);
  if (type != TYPE_FLOAT && type != TYPE_DOUBLE)
    return fail (self->path, error, "its numbers are of type %d, not 32-bit (%d) or 64-bit floats (%d)", type, TYPE_FLOAT,
                 TYPE_DOUBLE);
  self->columns = dim[1];
  self->rows = dim[2];
  self->size = type == TYPE_FLOAT ? 4 : 8;
  if (!(offset >= HEADER && offset < 1e9))
    return fail (self->path, error, "its samples cannot begin at byte %g", offset);
  self->offset = (gint64) offset;
  end = self->offset + 2 * (gint64) self->size * self->columns * self->rows;
  if (fstat (self->descriptor, &status) == 0 && S_ISREG (status.st_mode) && status.st_size < end)
    return fail (self->path, error, "the file is truncated: %d × %d vectors need %" G_GINT64_FORMAT " bytes, and it has %"
                 G_GINT64_FORMAT, self->columns, self->rows, end, (gint64) status.st_size);
  return TRUE;
}

static gboolean
read_header (Nifti *self, int stride, PmtFieldFrame *frame, GError **error)
{
  guint8 h[HEADER];
  char   words[81] = { 0 };

  if (!read_at (self, h, HEADER, 0, error))
    return FALSE;
  self->big = h[0] == 0 && h[1] == 0 && h[2] == HEADER >> 8 && h[3] == (HEADER & 255);
  if (!self->big && !(h[0] == (HEADER & 255) && h[1] == HEADER >> 8 && h[2] == 0 && h[3] == 0))
    return fail (self->path, error, "is no NIfTI-1 file");
  if (memcmp (h + AT_MAGIC, "n+1", 4) != 0)
    return fail (self->path, error, "is no NIfTI-1 file in one piece");
  memcpy (words, h + AT_WORDS, 80);
  _pmt_field_recognise (words, frame);
  return read_shape (self, h, error) && read_geometry (self, h, frame->stride > 0 ? frame->stride : stride, error);
}

static gboolean
open_nifti (const char *path, int stride, PmtField *field, GError **error)
{
  Nifti *self = g_new0 (Nifti, 1);

  self->path = g_strdup (path);
  self->descriptor = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (self->descriptor < 0)
    g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot read “%s”: %s", path, g_strerror (errno));
  if (self->descriptor < 0 || !read_header (self, stride, &field->frame, error))
    {
      free_nifti (self);
      return FALSE;
    }
  field->source = pmt_source_new (self->columns, self->rows, 2, -1, 1, &source_class, self, error);
  return field->source != NULL;
}

static const char *const endings[] = { ".nii", NULL };

const PmtFieldFormat _pmt_field_nifti = { endings, save, open_nifti };
