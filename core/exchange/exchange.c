/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange/exchange.h"

#include <math.h>
#include <string.h>

#include "base/atomic-file.h"
#include "exchange/field.h"
#include "exchange/format-private.h"

#define EXACT 1e-6   /* px: errors of points left out that are rounding */

/* Asked in this order what a file is. */
static const PmtFormat *const formats[] =
{
  &_pmt_format_pentimento,
  &_pmt_format_points,
  &_pmt_format_itk,
  &_pmt_format_elastix,
  &_pmt_format_elastix_points,
  &_pmt_format_bigwarp,
  &_pmt_format_qgis,
  &_pmt_format_gdal,
  &_pmt_format_hugin,
  &_pmt_format_trakem2,
  &_pmt_format_svg,
  &_pmt_format_annotation,
  &_pmt_format_georeference,
  &_pmt_format_field,
};

/* -- the table -- */

int
pmt_exchange_get_n_formats (void)
{
  return G_N_ELEMENTS (formats);
}

const PmtFormatInfo *
pmt_exchange_get_format (int index)
{
  return &formats[index]->info;
}

static const PmtFormat *
by_nick (const char *nick)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i]->info.nick, nick))
      return formats[i];
  return NULL;
}

/* "a/b.tif[compression=lzw]" ends with ".tif". */
static const PmtFormat *
by_ending (const char *path, PmtFormatWays way)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  char            *bracket = strchr (_pmt_format_basename (lower), '[');

  if (bracket != NULL)
    *bracket = 0;
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    for (const char *const *ending = formats[i]->info.endings; (formats[i]->info.ways & way) != 0
         && *ending != NULL; ending++)
      if (g_str_has_suffix (lower, *ending))
        return formats[i];
  return NULL;
}

static const PmtFormat *
by_content (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i]->recognise != NULL && formats[i]->recognise (text))
      return formats[i];
  return NULL;
}

const PmtFormatInfo *
pmt_exchange_find_format (const char *nick)
{
  const PmtFormat *format = nick != NULL ? by_nick (nick) : NULL;

  return format != NULL ? &format->info : NULL;
}

const PmtFormatInfo *
pmt_exchange_format_for (const char *path, GError **error)
{
  const PmtFormat *format = by_ending (path, PMT_FORMAT_WRITES);

  if (format != NULL)
    return &format->info;
  _pmt_format_refuse (error, "“%s”: its ending names no format of transforms", path);
  return NULL;
}

void
pmt_exchange_options_init (PmtExchangeOptions *options)
{
  *options = (PmtExchangeOptions) { .model = PMT_POINT_MODEL_AUTO, .pairs = 10, .tolerance = 0.01 };
}

static const PmtFormat *
named (const char *nick, PmtFormatWays way, GError **error)
{
  const PmtFormat *format = by_nick (nick);

  if (format == NULL)
    _pmt_format_refuse (error, "there is no format “%s”", nick);
  else if ((format->info.ways & way) == 0)
    _pmt_format_refuse (error, "the format “%s” cannot be %s", nick, way == PMT_FORMAT_READS ? "read" : "written");
  else
    return format;
  return NULL;
}

/* -- reading -- */

static void
report_init (PmtExchangeReport *report, const PmtFormat *format)
{
  *report = (PmtExchangeReport) { .format = format->info.nick, .model = PMT_POINT_MODEL_AUTO, .worst = NAN,
                                  .mean = NAN };
}

static gboolean
same_size (PmtSize told, PmtSize wanted)
{
  return told.width == 0 || wanted.width == 0 || (told.width == wanted.width && told.height == wanted.height);
}

static gboolean
agree (const char *which, PmtSize told, PmtSize wanted, GError **error)
{
  if (same_size (told, wanted))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "it says that the %s image has %d × %d pixels, not %d × %d",
               which, told.width,
               told.height, wanted.width, wanted.height);
  return FALSE;
}

/* The same steps between images of these sizes; 0 × 0: as they are. */
static PmtTransform *
with_sizes (const PmtTransform *chain, PmtSize fixed, PmtSize moving)
{
  PmtTransform *sized = pmt_transform_new (fixed.width > 0 ? fixed : pmt_transform_get_fixed_size (chain),
                                           moving.width > 0 ? moving : pmt_transform_get_moving_size (chain));

  for (int i = 0; i < pmt_transform_get_length (chain); i++)
    _pmt_transform_add (sized, _pmt_step_ref ((PmtStep *) _pmt_transform_get_step (chain, i)));
  return sized;
}

/* Pairs that a program computed fit a model to rounding, and freer ones as well: the stiffest that does so, where it
 * is not chosen anyhow. */
static PmtPointModel
stiffest_exact (const PmtPointFit *fit)
{
  for (int m = PMT_POINT_MODEL_TRANSLATION; m < (int) fit->model; m++)
    if (fit->trial[m].left_out <= EXACT)
      return (PmtPointModel) m;
  return fit->model;
}

static PmtPointFit *
fit_model (const PmtFormatContent *content, PmtSize fixed, PmtSize moving, PmtPointModel model, GError **error)
{
  PmtPointOptions how;

  pmt_point_options_init (&how);
  how.model = model;
  return pmt_point_fit_new ((int) content->from->len, (const PmtPoint *) content->from->data,
                            (const PmtPoint *) content->to->data,
                            fixed, moving, &how, error);
}

static PmtTransform *
fit_pairs (const PmtFormatContent *content, PmtSize fixed, PmtSize moving, const PmtExchangeOptions *options,
           PmtExchangeReport *report, GError **error)
{
  g_autoptr (PmtPointFit) fit = fit_model (content, fixed, moving, options->model, error);

  if (fit != NULL && options->model == PMT_POINT_MODEL_AUTO && stiffest_exact (fit) != fit->model)
    {
      PmtPointFit *stiffer = fit_model (content, fixed, moving, stiffest_exact (fit), error);

      pmt_point_fit_free (fit);
      fit = stiffer;
    }
  if (fit == NULL)
    return NULL;
  report->pairs = fit->n;
  report->model = fit->model;
  report->worst = report->mean = 0;
  for (int i = 0; i < fit->n; i++)
    {
      report->worst = fmax (report->worst, fit->residual[i]);
      report->mean += fit->residual[i] / fit->n;
    }
  return pmt_transform_ref (fit->transform);
}

static PmtTransform *
finish (const PmtFormatContent *content, const PmtExchangeOptions *options, PmtExchangeReport *report, GError **error)
{
  PmtSize fixed = options->fixed, moving = options->moving;

  if (!agree ("fixed", content->fixed, fixed, error) || !agree ("moving", content->moving, moving, error))
    return NULL;
  if (fixed.width == 0)
    fixed = content->fixed;
  if (moving.width == 0)
    moving = content->moving;
  if (content->transform == NULL)
    return fit_pairs (content, fixed, moving, options, report, error);
  return with_sizes (content->transform, fixed, moving);
}

static void
content_init (PmtFormatContent *content)
{
  *content = (PmtFormatContent) { .from = g_array_new (FALSE, FALSE, sizeof (PmtPoint)),
                                  .to = g_array_new (FALSE, FALSE, sizeof (PmtPoint)) };
}

static void
content_clear (PmtFormatContent *content)
{
  g_array_unref (content->from);
  g_array_unref (content->to);
  g_clear_pointer (&content->transform, pmt_transform_unref);
}

static PmtTransform *
read_text (const PmtFormat *format, const PmtFormatText *text, const PmtExchangeOptions *options,
           PmtExchangeReport *report,
           GError **error)
{
  PmtFormatContent content;
  PmtTransform    *transform = NULL;

  report_init (report, format);
  content_init (&content);
  if (strlen (text->text) != text->length)
    _pmt_format_fail (error, 0, "it is no text: byte %" G_GSIZE_FORMAT " is zero", strlen (text->text));
  else if (format->read (text, &content, error))
    transform = finish (&content, options, report, error);
  content_clear (&content);
  return transform;
}

static PmtTransform *
read_field (PmtContext *context, const char *path, const PmtExchangeOptions *options, PmtExchangeReport *report,
            GError **error)
{
  g_autoptr (PmtField)     field = pmt_field_open (path, options->stride, error);
  g_autoptr (PmtTransform) transform = NULL;
  const PmtFieldFrame     *frame;
  PmtFieldFit              fit;

  report_init (report, &_pmt_format_field);
  if (field == NULL)
    return NULL;
  frame = pmt_field_get_frame (field);
  if (agree ("fixed", frame->fixed, options->fixed, error) && agree ("moving", frame->moving, options->moving, error))
    transform = pmt_field_to_transform (context, field, options->tolerance, &fit, error);
  if (transform == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  report->worst = fit.worst;
  report->mean = fit.rms;
  report->inexact = !fit.met;
  return with_sizes (transform, options->fixed, options->moving);
}

static const PmtFormat *
recognise (const char *text, const char *path, GError **error)
{
  const PmtFormat *format = by_content (text);

  if (format == NULL && path != NULL)
    format = by_ending (path, PMT_FORMAT_READS);
  if (format == NULL)
    _pmt_format_refuse (error, "it begins like no format of transforms that is known here");
  return format;
}

PmtTransform *
pmt_exchange_parse (const char *text, gssize length, const char *nick, const PmtExchangeOptions *options,
                    PmtExchangeReport *report,
                    GError **error)
{
  gsize              bytes = length < 0 ? strlen (text) : (gsize) length;
  g_autofree char   *copy = g_strndup (text, bytes);   /* zero-terminated */
  PmtFormatText      whole = { copy, bytes, NULL, options->fixed, options->moving };
  const PmtFormat   *format;
  PmtExchangeReport  own;

  if (bytes > PMT_FORMAT_MAX_BYTES || !g_utf8_validate_len (text, bytes, NULL))
    {
      _pmt_format_fail (error, 0, "it is no text in UTF-8, or too long");
      return NULL;
    }
  format = nick != NULL ? named (nick, PMT_FORMAT_READS, error) : recognise (copy, NULL, error);
  if (format != NULL && format->read == NULL)
    {
      _pmt_format_refuse (error, "the format “%s” is no text", format->info.nick);
      return NULL;
    }
  return format != NULL ? read_text (format, &whole, options, report != NULL ? report : &own, error) : NULL;
}

PmtTransform *
pmt_exchange_load (PmtContext *context, const char *path, const char *nick, const PmtExchangeOptions *options,
                   PmtExchangeReport *report, GError **error)
{
  const PmtFormat    *format = nick != NULL ? named (nick, PMT_FORMAT_READS, error)
    : by_ending (path, PMT_FORMAT_READS);
  g_autoptr (GString) text = NULL;
  PmtTransform       *transform = NULL;
  PmtExchangeReport   own;

  if (nick != NULL && format == NULL)
    return NULL;
  if (format == &_pmt_format_field)
    return read_field (context, path, options, report != NULL ? report : &own, error);
  text = _pmt_format_read_file (path, error);
  if (text == NULL)
    return NULL;
  if (nick == NULL)
    format = recognise (text->str, path, error);
  if (format != NULL)
    transform = read_text (format, &(PmtFormatText) { text->str, text->len, path, options->fixed, options->moving },
                           options,
                           report != NULL ? report : &own, error);
  if (transform == NULL)
    g_prefix_error (error, "%s: ", path);
  return transform;
}

/* -- writing -- */

/* The nearest of the model in place of the transform, where that is allowed. */
static gboolean
take_nearest (const PmtFormat *format, const PmtTransform *flat, PmtPointModel model, const PmtExchangeOptions *options,
              PmtFormatContent *content, PmtExchangeReport *report, GError **error)
{
  PmtTransform *nearest = _pmt_nearest_fit (flat, content->fixed, content->moving, model, error);

  if (nearest == NULL)
    return FALSE;
  pmt_transform_unref (content->transform);
  content->transform = nearest;
  report->inexact = TRUE;
  report->model = model;
  _pmt_nearest_measure (flat, nearest, content->fixed, report);
  return options->nearest
         || _pmt_format_refuse (error, "%s holds %s: the nearest map of kind “%s” would lead up to %.3g px, in the "
                                       "mean %.3g px, from "
                                "where the transform does", format->info.title, format->info.holds,
                                  pmt_point_model_to_nick (model),
                                report->worst, report->mean);
}

/* What the program that reads the pairs makes of them. */
static void
foresee (const PmtFormat *format, const PmtTransform *flat, const PmtFormatContent *content, PmtExchangeReport *report)
{
  PmtPointOptions         options = { format->target, 0 };
  g_autoptr (PmtPointFit) fit = NULL;

  report->pairs = (int) content->from->len;
  report->model = format->target;
  if (format->target == PMT_POINT_MODEL_AUTO)
    return;
  fit = pmt_point_fit_new ((int) content->from->len, (const PmtPoint *) content->from->data,
                           (const PmtPoint *) content->to->data,
                           content->fixed, content->moving, &options, NULL);
  if (fit != NULL)
    _pmt_nearest_measure (flat, fit->transform, content->fixed, report);
}

static gboolean
prepare (const PmtFormat *format, const PmtTransform *flat, const PmtExchangeOptions *options,
         PmtFormatContent *content,
         PmtExchangeReport *report, GError **error)
{
  if (format->reach == PMT_REACH_PAIRS)
    {
      if (!_pmt_nearest_pairs (flat, content->fixed, options->pairs, content->from, content->to, error))
        return FALSE;
      foresee (format, flat, content, report);
    }
  if (format->reach == PMT_REACH_AFFINE && !_pmt_linear_get (flat, &content->matrix))
    return take_nearest (format, flat, PMT_POINT_MODEL_AFFINE, options, content, report, error)
           && _pmt_linear_get (content->transform, &content->matrix);
  return TRUE;
}

/* The file's text, and the second file's. */
static gboolean
write_text (const PmtFormat *format, const PmtTransform *transform, const char *path, const PmtExchangeOptions *options,
            PmtExchangeReport *report, GString *text, GString *partner, GError **error)
{
  g_autoptr (PmtTransform) sized = with_sizes (transform, options->fixed, options->moving);
  g_autoptr (PmtTransform) flat = format->reach == PMT_REACH_CHAIN ? pmt_transform_ref (sized)
    : pmt_transform_flatten (sized);
  g_autoptr (GError)       why = NULL;
  PmtFormatContent         content;
  gboolean                 done;

  report_init (report, format);
  if (!agree ("fixed", pmt_transform_get_fixed_size (transform), options->fixed, error)
      || !agree ("moving", pmt_transform_get_moving_size (transform), options->moving, error))
    return FALSE;
  content_init (&content);
  content.transform = pmt_transform_ref (flat);
  content.fixed = pmt_transform_get_fixed_size (flat);
  content.moving = pmt_transform_get_moving_size (flat);
  content.fixed_name = options->fixed_name != NULL ? options->fixed_name : "fixed";
  content.moving_name = options->moving_name != NULL ? options->moving_name : "moving";
  done = prepare (format, flat, options, &content, report, &why) && format->write (&content, path, text, partner, &why);
  if (!done && format->reach == PMT_REACH_SPLINE && g_error_matches (why, PMT_ERROR, PMT_ERROR_UNSUPPORTED))
    {
      g_clear_error (&why);
      g_string_truncate (text, 0);
      g_string_truncate (partner, 0);
      done = take_nearest (format, flat, PMT_POINT_MODEL_AFFINE, options, &content, report, &why)
             && format->write (&content, path, text, partner, &why);
    }
  content_clear (&content);
  if (!done)
    g_propagate_error (error, g_steal_pointer (&why));
  return done;
}

static gboolean
check_options (const PmtExchangeOptions *options, GError **error)
{
  if (options->pairs >= 2 && options->pairs <= PMT_EXCHANGE_MAX_PAIRS)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "2 to %d pairs are written along the longer side",
               PMT_EXCHANGE_MAX_PAIRS);
  return FALSE;
}

char *
pmt_exchange_print (const PmtTransform *transform, const char *nick, const PmtExchangeOptions *options,
                    PmtExchangeReport *report,
                    GError **error)
{
  const PmtFormat    *format = named (nick, PMT_FORMAT_WRITES, error);
  g_autoptr (GString) text = g_string_new (NULL), partner = g_string_new (NULL);
  PmtExchangeReport   own;

  if (format == NULL || !check_options (options, error))
    return NULL;
  if (format->write == NULL)
    {
      _pmt_format_refuse (error, "the format “%s” is no text", nick);
      return NULL;
    }
  if (!write_text (format, transform, NULL, options, report != NULL ? report : &own, text, partner, error))
    return NULL;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
save_field (PmtContext *context, const PmtTransform *transform, const char *path, const PmtExchangeOptions *options,
            PmtExchangeReport *report, GError **error)
{
  g_autoptr (PmtTransform) sized = with_sizes (transform, options->fixed, options->moving);

  report_init (report, &_pmt_format_field);
  return agree ("fixed", pmt_transform_get_fixed_size (transform), options->fixed, error)
         && agree ("moving", pmt_transform_get_moving_size (transform), options->moving, error)
         && pmt_field_save (context, sized, pmt_transform_get_fixed_size (sized), MAX (options->stride, 1), path,
                            error);
}

static gboolean
save_text (const PmtFormat *format, const PmtTransform *transform, const char *path, const PmtExchangeOptions *options,
           PmtExchangeReport *report, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL), partner = g_string_new (NULL);
  g_autofree char    *second = NULL;

  if (!write_text (format, transform, path, options, report, text, partner, error))
    return FALSE;
  if (partner->len > 0)
    {
      second = format->partner (path, error);
      if (second == NULL || !pmt_atomic_file_write (second, partner->str, partner->len, error))
        return FALSE;
    }
  return pmt_atomic_file_write (path, text->str, text->len, error);
}

gboolean
pmt_exchange_save (PmtContext *context, const PmtTransform *transform, const char *path, const char *nick,
                   const PmtExchangeOptions *options, PmtExchangeReport *report, GError **error)
{
  const PmtFormatInfo *info = nick == NULL ? pmt_exchange_format_for (path, error) : NULL;
  const PmtFormat     *format = nick != NULL ? named (nick, PMT_FORMAT_WRITES, error) : info != NULL
    ? by_nick (info->nick) : NULL;
  PmtExchangeReport    own;

  if (format == NULL || !check_options (options, error))
    return FALSE;
  if (report == NULL)
    report = &own;
  return format == &_pmt_format_field ? save_field (context, transform, path, options, report, error)
                                      : save_text (format, transform, path, options, report, error);
}
