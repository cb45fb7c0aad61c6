/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "group/group.h"

G_BEGIN_DECLS

/* How alike the overviews of images are, cheaply: group/likeness.c. */
typedef struct
{
  int        n;
  PmtSize   *size;        /* of each image; 0 × 0: it can't be used */
  char     **problem;     /* why not; else NULL */
  int        columns;     /* images that all are compared to: as many as there are, or an even choice of them */
  int       *column;      /* by image; −1: none */
  float     *like;        /* n × columns, 0 … 1 */
} PmtLikeness;

/* Reads each image once, as an overview, and correlates the overviews unless `sizes_only`. An image that can't be opened or
 * holds one value only has a `problem`. FALSE for memory and cancellation. */
gboolean _pmt_likeness_init  (PmtLikeness *likeness, PmtContext *context, int n, PmtGroupOpen open, gpointer data,
                              gboolean sizes_only, GError **error);
void     _pmt_likeness_clear (PmtLikeness *likeness);
double   _pmt_likeness_of    (const PmtLikeness *likeness, int i, int j);
/* The image that is most like all others; −1 when there is none. */
int      _pmt_likeness_medoid (const PmtLikeness *likeness);

G_END_DECLS
