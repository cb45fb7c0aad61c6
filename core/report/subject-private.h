/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "report/picture.h"
#include "report/report.h"

G_BEGIN_DECLS

/* Everything that a page says of one pair. */
typedef struct
{
  char            *name, *fixed_name, *moving_name;
  PmtRegistration *registration;
  PmtTransform    *transform;       /* NULL: none */
  VipsImage       *fixed, *moving;  /* pictures, each in its own frame */
  VipsImage       *before, *moved;  /* in the fixed frame; moved NULL without a transform */
  PmtDdScore      *score;           /* NULL without a transform */
  PmtGrey         *grey;            /* fixed, as scored */
} Subject;

/* Reads and checks all files; pictures are computed when they are asked for. */
gboolean _pmt_subject_load  (Subject *subject, PmtContext *context, const PmtReportPair *pair, GError **error);
void     _pmt_subject_clear (Subject *subject);

/* A picture of the pair as a figure. id: what the script finds it by, or NULL. */
gboolean _pmt_subject_figure (GString *page, VipsImage *picture, int side, gboolean alpha, const char *as,
                              const char *alternative, const char *caption, GError **error);

/* Verdict, pictures, figures: the body of a pair's page. */
gboolean _pmt_subject_page   (GString *page, PmtContext *context, const Subject *subject, GError **error);
/* The same in short, for a batch; h is the level of its headings. */
gboolean _pmt_subject_brief  (GString *page, PmtContext *context, const Subject *subject, GError **error);

/* “ok”, in its colour. */
void     _pmt_subject_verdict (GString *page, PmtVerdict verdict);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Subject, _pmt_subject_clear)

G_END_DECLS
