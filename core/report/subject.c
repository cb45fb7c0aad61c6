/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a pair: reading them, and seeing to it that they belong together. */
#include "report/subject-private.h"

#include "base/error.h"
#include "base/read-file.h"
#include "image/warp-vips.h"

#define MOST_BYTES (16 << 20)   /* of a report file */
#define KEPT       24e6         /* px: pictures up to here are decoded, or drawn, once */

PmtRegistration *
pmt_report_load (const char *path, GError **error)
{
  g_autoptr (GString)  text = pmt_file_read (path, MOST_BYTES, error);
  PmtRegistration     *r;

  if (text == NULL)
    return NULL;
  r = pmt_registration_from_json (text->str, (gssize) text->len, error);
  if (r == NULL)
    g_prefix_error (error, "“%s”: ", path);
  return r;
}

static gboolean
fits (const char *file, const char *which, PmtSize stated, VipsImage *image, const char *path, GError **error)
{
  if (stated.width == 0 || (stated.width == image->Xsize && stated.height == image->Ysize))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” is for a %s image of %d × %d pixels, and “%s” has %d × %d",
               file, which, stated.width, stated.height, path, image->Xsize, image->Ysize);
  return FALSE;
}

static PmtTransform *
load_transform (const Subject *s, const PmtReportPair *pair, const char *path, GError **error)
{
  g_autoptr (PmtTransform) transform = pmt_transform_load (path, error);

  if (transform == NULL
      || !fits (path, "fixed", pmt_transform_get_fixed_size (transform), s->fixed, pair->fixed, error)
      || !fits (path, "moving", pmt_transform_get_moving_size (transform), s->moving, pair->moving, error))
    return NULL;
  return g_steal_pointer (&transform);
}

static VipsImage *
draw (const Subject *s, const PmtTransform *transform, GError **error)
{
  PmtWarpOptions options;

  pmt_warp_options_init (&options);
  options.canvas = (PmtRect) { 0, 0, s->fixed->Xsize, s->fixed->Ysize };
  return pmt_vips_image_warp (s->moving, transform, &options, error);
}

/* A page looks at each picture several times. Takes the picture, also on error; NULL stays NULL. */
static VipsImage *
keep (VipsImage *picture, GError **error)
{
  VipsImage *kept;

  if (picture == NULL || (double) picture->Xsize * picture->Ysize > KEPT)
    return picture;
  kept = vips_image_copy_memory (picture);
  g_object_unref (picture);
  if (kept == NULL)
    {
      g_autofree char *words = vips_error_buffer_copy ();

      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot read an image: %s", g_strchomp (words));
    }
  return kept;
}

static gboolean
load_before (Subject *s, const PmtReportPair *pair, GError **error)
{
  g_autoptr (PmtTransform) transform = NULL;

  if (pair->before == NULL)
    s->before = pmt_picture_lay (s->moving, (PmtSize) { s->fixed->Xsize, s->fixed->Ysize }, error);
  else
    {
      transform = load_transform (s, pair, pair->before, error);
      s->before = transform != NULL ? draw (s, transform, error) : NULL;
    }
  return s->before != NULL;
}

static gboolean
load_after (Subject *s, PmtContext *context, const PmtReportPair *pair, GError **error)
{
  if (pair->transform == NULL)
    return TRUE;
  s->transform = load_transform (s, pair, pair->transform, error);
  s->moved = s->transform != NULL ? keep (draw (s, s->transform, error), error) : NULL;
  s->score = s->moved != NULL ? pmt_picture_dd_score (context, s->fixed, s->before, s->moved, &s->grey, error) : NULL;
  return s->score != NULL;
}

gboolean
_pmt_subject_load (Subject *s, PmtContext *context, const PmtReportPair *pair, GError **error)
{
  *s = (Subject) { 0 };
  s->fixed_name = g_path_get_basename (pair->fixed);
  s->moving_name = g_path_get_basename (pair->moving);
  s->name = pair->name != NULL ? g_strdup (pair->name) : g_strdup_printf ("%s on %s", s->moving_name, s->fixed_name);
  s->registration = pmt_report_load (pair->report, error);
  s->fixed = s->registration != NULL ? keep (pmt_picture_open (pair->fixed, error), error) : NULL;
  s->moving = s->fixed != NULL ? keep (pmt_picture_open (pair->moving, error), error) : NULL;
  return s->moving != NULL && fits (pair->report, "fixed", s->registration->fixed_size, s->fixed, pair->fixed, error)
         && fits (pair->report, "moving", s->registration->moving_size, s->moving, pair->moving, error)
         && load_before (s, pair, error) && load_after (s, context, pair, error);
}

void
_pmt_subject_clear (Subject *s)
{
  g_clear_pointer (&s->name, g_free);
  g_clear_pointer (&s->fixed_name, g_free);
  g_clear_pointer (&s->moving_name, g_free);
  g_clear_pointer (&s->registration, pmt_registration_free);
  g_clear_pointer (&s->transform, pmt_transform_unref);
  g_clear_object (&s->moved);
  g_clear_object (&s->before);
  g_clear_object (&s->moving);
  g_clear_object (&s->fixed);
  g_clear_pointer (&s->score, pmt_dd_score_free);
  g_clear_pointer (&s->grey, pmt_grey_free);
}

void
pmt_report_pair_free (PmtReportPair *pair)
{
  if (pair == NULL)
    return;
  g_free (pair->name);
  g_free (pair->fixed);
  g_free (pair->moving);
  g_free (pair->report);
  g_free (pair->transform);
  g_free (pair->before);
  g_free (pair);
}
