/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange/field-private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define CHUNK     256   /* samples that are mapped at a time */
#define MAX_WORDS 80    /* bytes of the line that tells the frame, with its zero: what NIfTI has room for */

static const PmtFieldFormat *const formats[] = { &_pmt_field_tiff, &_pmt_field_nifti };

/* "a/b.tif[compression=lzw]" ends with ".tif". */
static const PmtFieldFormat *
format_of (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  char            *dot = strrchr (lower, '.'), *bracket = dot != NULL ? strchr (dot, '[') : NULL;

  if (bracket != NULL)
    *bracket = 0;
  for (guint i = 0; dot != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_strv_contains (formats[i]->endings, dot))
      return formats[i];
  return NULL;
}

gboolean
pmt_field_knows (const char *path, GError **error)
{
  if (format_of (path) != NULL)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
               g_str_has_suffix (path, ".gz") ? "“%s”: a field is read and written uncompressed; unpack it first"
                                              : "“%s”: fields end with .tif, .tiff or .nii", path);
  return FALSE;
}

/* -- the line that tells the frame -- */

char *
_pmt_field_describe (const PmtFieldFrame *f, GError **error)
{
  g_autofree char *line = g_strdup_printf ("pentimento-field 1 fixed %dx%d moving %dx%d stride %d", f->fixed.width,
                                           f->fixed.height, f->moving.width, f->moving.height, f->stride);

  if (strlen (line) < MAX_WORDS)
    return g_steal_pointer (&line);
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "the images' sizes are too large for a field to state");
  return NULL;
}

gboolean
_pmt_field_recognise (const char *text, PmtFieldFrame *frame)
{
  PmtFieldFrame f;
  int           end = 0;

  if (sscanf (text, "pentimento-field 1 fixed %9dx%9d moving %9dx%9d stride %9d%n", &f.fixed.width, &f.fixed.height,
              &f.moving.width, &f.moving.height, &f.stride, &end) != 5 || text[end] != 0)
    return FALSE;
  *frame = f;
  return TRUE;
}

/* -- writing -- */

static int
samples (int pixels, int stride)
{
  return (pixels - 1) / stride + 1;
}

void
_pmt_field_row (const PmtFieldView *view, int from, int n, int j, float *dx, float *dy, gsize step)
{
  for (int begin = 0; begin < n; begin += CHUNK)
    {
      int      count = MIN (CHUNK, n - begin);
      PmtPoint p[CHUNK], q[CHUNK];

      for (int i = 0; i < count; i++)
        p[i] = (PmtPoint) { (from + begin + i + 0.5) * view->frame.stride, (j + 0.5) * view->frame.stride };
      pmt_transform_map (view->chain, count, p, q);
      for (int i = 0; i < count; i++)
        {
          dx[(gsize) (begin + i) * step] = (float) (q[i].x - p[i].x);
          dy[(gsize) (begin + i) * step] = (float) (q[i].y - p[i].y);
        }
    }
}

static gboolean
check_size (PmtSize fixed, int stride, GError **error)
{
  if (fixed.width < 1 || fixed.height < 1)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the fixed image's size is not known");
  else if (fixed.width > PMT_BOUNDS_MAX_SIDE || fixed.height > PMT_BOUNDS_MAX_SIDE)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a field of %d × %d pixels cannot be made", fixed.width, fixed.height);
  else if (stride < 1 || stride > PMT_FIELD_MAX_STRIDE)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a field's stride lies between 1 and %d px", PMT_FIELD_MAX_STRIDE);
  else
    return TRUE;
  return FALSE;
}

gboolean
pmt_field_save (PmtContext *context, const PmtTransform *transform, PmtSize fixed, int stride, const char *path, GError **error)
{
  g_autoptr (PmtTransform) flat = NULL;
  PmtFieldView             view;

  if (!pmt_field_knows (path, error) || !check_size (fixed, stride, error))
    return FALSE;
  flat = pmt_transform_flatten (transform);
  view = (PmtFieldView) { flat, { fixed, pmt_transform_get_moving_size (transform), stride }, samples (fixed.width, stride),
                          samples (fixed.height, stride) };
  return format_of (path)->save (context, &view, path, error);
}

/* -- reading -- */

/* What the file said of its frame, or what follows from its size; the two must agree. */
static gboolean
settle_frame (PmtField *field, int stride, GError **error)
{
  PmtFieldFrame *f = &field->frame;
  int            columns = pmt_source_get_width (field->source), rows = pmt_source_get_height (field->source);
  gboolean       said = f->stride != 0;

  if (!said)
    *f = (PmtFieldFrame) { { 0, 0 }, { 0, 0 }, stride > 0 ? stride : 1 };
  if (!said && columns <= PMT_BOUNDS_MAX_SIDE && rows <= PMT_BOUNDS_MAX_SIDE && f->stride <= PMT_FIELD_MAX_STRIDE)
    f->fixed = (PmtSize) { columns * f->stride, rows * f->stride };   /* 10⁶ · 4096 at most: checked below */
  if (!check_size (f->fixed, f->stride, error))
    return FALSE;
  if (f->moving.width < 0 || f->moving.height < 0 || (f->moving.width == 0) != (f->moving.height == 0)
      || columns != samples (f->fixed.width, f->stride) || rows != samples (f->fixed.height, f->stride))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT,
                   "it holds %d × %d samples, and says that its fixed image has %d × %d pixels and its stride is %d", columns,
                   rows, f->fixed.width, f->fixed.height, f->stride);
      return FALSE;
    }
  if (said && stride > 0 && stride != f->stride)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "its stride is %d, not %d", f->stride, stride);
  return !said || stride <= 0 || stride == f->stride;
}

PmtField *
pmt_field_open (const char *path, int stride, GError **error)
{
  g_autoptr (PmtField) field = NULL;

  if (!pmt_field_knows (path, error))
    return NULL;
  field = g_new0 (PmtField, 1);
  if (!format_of (path)->open (path, MAX (stride, 1), field, error))
    return NULL;
  if (settle_frame (field, stride, error))
    return g_steal_pointer (&field);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

void
pmt_field_free (PmtField *field)
{
  if (field == NULL)
    return;
  g_clear_pointer (&field->source, pmt_source_unref);
  g_free (field);
}

const PmtFieldFrame *
pmt_field_get_frame (const PmtField *field)
{
  return &field->frame;
}

PmtSource *
pmt_field_get_source (const PmtField *field)
{
  return field->source;
}
