/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of preparations and their names. */
#include "prepare/prepare-private.h"

#include <string.h>

#include "base/error.h"

#define MOST_BANDS 65536

typedef struct
{
  const char    *name;
  PmtPreparation preparation;
} Row;

static const Row filters[] = {
  { "downsample",         { .filter = _pmt_prepare_downsample } },
  { "clahe",              { .filter = _pmt_prepare_clahe } },
  { "bilateral",          { .filter = _pmt_prepare_bilateral } },
  { "non-local-means",    { .filter = _pmt_prepare_non_local_means } },
  { "sobel",              { .filter = _pmt_prepare_sobel } },
  { "canny",              { .filter = _pmt_prepare_canny } },
  { "adaptive-threshold", { .filter = _pmt_prepare_adaptive_threshold } },
  { "laplacian",          { .filter = _pmt_prepare_laplacian } },
};

static const Row bands[] = {
  { "red",                 { PMT_BAND_NUMBER, 0, TRUE, NULL } },
  { "green",               { PMT_BAND_NUMBER, 1, TRUE, NULL } },
  { "blue",                { PMT_BAND_NUMBER, 2, TRUE, NULL } },
  { "principal-component", { .choice = PMT_BAND_PRINCIPAL } },
};

static const char *const names[] = {
  "auto", "none", "downsample", "clahe", "bilateral", "non-local-means", "sobel", "canny", "adaptive-threshold",
  "laplacian", "red", "green", "blue", "principal-component", NULL
};

const char *const *
pmt_preparation_names (void)
{
  return names;
}

static const PmtPreparation *
look_up (const Row *rows, gsize n, const char *name)
{
  for (gsize k = 0; k < n; k++)
    if (g_str_equal (rows[k].name, name))
      return &rows[k].preparation;
  return NULL;
}

/* "band:N" */
static gboolean
parse_number (const char *name, PmtPreparation *preparation)
{
  guint64 number;

  if (!g_str_has_prefix (name, "band:")
      || !g_ascii_string_to_unsigned (name + strlen ("band:"), 10, 1, MOST_BANDS, &number, NULL))
    return FALSE;
  preparation->choice = PMT_BAND_NUMBER;
  preparation->band = (int) number - 1;
  return TRUE;
}

static gboolean
parse_band (const char *name, PmtPreparation *preparation)
{
  const PmtPreparation *row = look_up (bands, G_N_ELEMENTS (bands), name);

  if (row == NULL)
    return parse_number (name, preparation);
  *preparation = *row;
  return TRUE;
}

static gboolean
parse_filter (const char *name, PmtPreparation *preparation)
{
  const PmtPreparation *row = look_up (filters, G_N_ELEMENTS (filters), name);

  if (row == NULL)
    return FALSE;
  preparation->filter = row->filter;
  return TRUE;
}

gboolean
_pmt_preparation_parse (const char *name, PmtPreparation *preparation, GError **error)
{
  const char      *plus = name != NULL ? strchr (name, '+') : NULL;
  g_autofree char *first = g_strndup (name != NULL ? name : "", plus != NULL ? (gsize) (plus - name) : G_MAXUINT16);
  g_autofree char *list = NULL;

  memset (preparation, 0, sizeof *preparation);
  if (name == NULL || g_str_equal (name, "none"))
    return TRUE;
  if (plus != NULL ? parse_band (first, preparation) && parse_filter (plus + 1, preparation)
                   : parse_band (name, preparation) || parse_filter (name, preparation))
    return TRUE;
  list = g_strjoinv (", ", (char **) names);
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "no preparation is called “%s”; there are %s, band:N, and a band with a filter, as red+clahe", name, list);
  return FALSE;
}

gboolean
pmt_preparation_check (const char *name, GError **error)
{
  PmtPreparation preparation;

  return name == NULL || g_str_equal (name, "auto") || _pmt_preparation_parse (name, &preparation, error);
}
