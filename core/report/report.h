/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "register.h"

G_BEGIN_DECLS

/* Reports for people: one HTML file that holds everything, pictures included, and opens offline in any browser. */

/* Where a pair's files lie. */
typedef struct
{
  char *name;        /* of the pair, or NULL */
  char *fixed, *moving;
  char *report;      /* as “register --report” wrote it */
  char *transform;   /* NULL where there is none, as after a failure: then nothing is shown as moved */
  char *before;      /* a transform: where the moving image lay before; NULL: its top-left corner on the fixed one's */
} PmtReportPair;

void             pmt_report_pair_free (PmtReportPair *pair);

/* A list of pairs, JSON: an array, or an object whose “pairs” is one, of objects with the members above (“report”, “fixed”
 * and “moving” are needed). Relative paths are relative to the list. PMT_ERROR_IO, PMT_ERROR_FORMAT with the place. */
GPtrArray       *pmt_report_list_load (const char *path, GError **error);

/* A report file. */
PmtRegistration *pmt_report_load      (const char *path, GError **error);

/* The page of one pair. Any file that can't be read, or whose sizes do not go together, is an error with its name, and
 * nothing is written. Writing is atomic. */
gboolean         pmt_report_write_pair  (PmtContext *context, const PmtReportPair *pair, const char *path, GError **error);

/* The page of many. A pair with a bad file gets a line that says so, and *skipped counts it; it is an error when all are
 * bad, or there is none. */
gboolean         pmt_report_write_batch (PmtContext *context, const GPtrArray *pairs, const char *title, const char *path,
                                         int *skipped, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtReportPair, pmt_report_pair_free)

G_END_DECLS
