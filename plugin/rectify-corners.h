/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "fit/rectify.h"

G_BEGIN_DECLS

/* What Rectify is told, as text and from the image. Corners lie on the canvas, px. */

/* From a path of four anchors (a selected one, else the only one), else the four corners of the selection, clockwise from the upper
 * left. *from, translated: where they were found. FALSE, no error, where there is nothing. */
gboolean pmt_rectify_find_corners   (GimpImage *image, PmtPoint corner[4], char **from);
/* “x,y x,y x,y x,y”. */
gboolean pmt_rectify_read_corners   (const char *text, PmtPoint corner[4], GError **error);
char    *pmt_rectify_corners_text   (const PmtPoint corner[4]);
/* The sides from 1–2 on, then the diagonals 1–3 and 2–4; “-”, and what is left out at the end: not measured. */
gboolean pmt_rectify_read_lengths   (const char *text, PmtMeasures *measures, GError **error);

G_END_DECLS
