/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "fit/point-fit.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* Transforms in the files of other programs, docs/formats.md. A format has a nick, "itk"; files are recognised by
 * what they begin with, and written by the ending of their name. Formats of pairs of points hold a grid of them when
 * a transform is written, and are fitted when they are read. */

typedef enum
{
  PMT_FORMAT_READS  = 1 << 0,
  PMT_FORMAT_WRITES = 1 << 1
} PmtFormatWays;

typedef struct
{
  const char        *nick;       /* "itk" */
  const char        *title;      /* "ITK transform" */
  const char *const *endings;    /* ".tfm", …: lower case, NULL-terminated; may be none */
  PmtFormatWays      ways;
  const char        *holds;      /* what it can express: "affine maps", … */
} PmtFormatInfo;

int                  pmt_exchange_get_n_formats (void);
const PmtFormatInfo *pmt_exchange_get_format    (int index);
/* By nick; NULL: there is none. */
const PmtFormatInfo *pmt_exchange_find_format   (const char *nick);
/* What a file of that name would be written as; NULL with PMT_ERROR_UNSUPPORTED where the ending names no format. */
const PmtFormatInfo *pmt_exchange_format_for    (const char *path, GError **error);

#define PMT_EXCHANGE_MAX_PAIRS 31   /* along the longer side: a thin plate takes 1000 */

typedef struct
{
  PmtSize       fixed, moving;             /* 0 × 0: what the file, or the transform, tells */
  const char   *fixed_name, *moving_name;  /* of the images, for files that name them; NULL: "fixed", "moving" */
  PmtPointModel model;                     /* for pairs that are read */
  int           pairs;                     /* written along the longer side of the fixed image, 2 … PMT_EXCHANGE_MAX_PAIRS */
  double        tolerance;                 /* of a field that is read, px */
  int           stride;                    /* of a field, px; 0: 1, or what it tells */
  gboolean      nearest;                   /* write the nearest that the format can express, where it is not the transform */
} PmtExchangeOptions;

void pmt_exchange_options_init (PmtExchangeOptions *options);   /* AUTO, 10, 0.01, 0, FALSE */

/* What came of it. Figures are moving px, NAN where there are none. */
typedef struct
{
  const char   *format;      /* nick */
  int           pairs;       /* in the file; 0: it holds none */
  PmtPointModel model;       /* read: what was fitted to the pairs; written: what the program that reads them makes of them, or
                              * the nearest that the format can express; AUTO: nothing of the kind */
  gboolean      inexact;     /* the transform as such cannot be expressed: `model` is what can. Set with the error as well */
  double        worst, mean; /* read: residuals of the pairs, or what is missed of a field; written: how far the model leads from
                              * the transform over the fixed image (65 × 65 places, its corners among them) */
  PmtPoint      where;       /* of the worst, when written */
} PmtExchangeReport;

/* nick NULL: by what the file begins with, else by its ending. PMT_ERROR_IO; PMT_ERROR_FORMAT and …_UNSUPPORTED with
 * the path and the place; PMT_ERROR_BAD_INPUT for pairs that fix no transform and sizes that contradict the
 * options'. `report` may be NULL. */
PmtTransform *pmt_exchange_load  (PmtContext *context, const char *path, const char *nick,
                                  const PmtExchangeOptions *options,
                                  PmtExchangeReport *report, GError **error);
/* nick NULL: by the path's ending. Atomic, but that formats of two files write one after the other.
 * PMT_ERROR_UNSUPPORTED, with the report filled in, where the format cannot express the transform and `nearest` is
 * not set; PMT_ERROR_BAD_INPUT where a size is needed and not known, and where the transform has no image somewhere
 * in the fixed image and the format needs one. */
gboolean      pmt_exchange_save  (PmtContext *context, const PmtTransform *transform, const char *path,
                                  const char *nick,
                                  const PmtExchangeOptions *options, PmtExchangeReport *report, GError **error);
/* The same from and to memory, for formats of one text file (no fields). length −1: zero-terminated. nick: as above,
 * NULL not for writing. */
PmtTransform *pmt_exchange_parse (const char *text, gssize length, const char *nick, const PmtExchangeOptions *options,
                                  PmtExchangeReport *report, GError **error);
char         *pmt_exchange_print (const PmtTransform *transform, const char *nick, const PmtExchangeOptions *options,
                                  PmtExchangeReport *report, GError **error);

G_END_DECLS
