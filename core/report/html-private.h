/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "judge/dd-score.h"
#include "register.h"

G_BEGIN_DECLS

/* Building blocks of report pages. File names and texts from files are hostile: all of them go through
 * _pmt_html_text(). */

/* Text in a page or a quoted attribute: the five special characters as entities, control characters and what is no
 * UTF-8 replaced. NULL adds nothing. */
void _pmt_html_text   (GString *page, const char *text);
/* printf whose %s are escaped; only %s, %d and %.<digits>f are known, and %% stands for itself. */
void _pmt_html_printf (GString *page, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Everything before and after what a page holds. The page can load nothing: its policy allows pictures in data: URIs, its
 * own style and, by hash, its own script. */
void _pmt_html_begin  (GString *page, const char *title);
void _pmt_html_end    (GString *page);

/* Figures as inline SVG in the page's own colours, each a <figure> with a caption and its numbers as a text for those
 * who can't see it. Nothing is added where there is nothing to show. */
void _pmt_figure_held_out (GString *page, const PmtRegistration *r);
void _pmt_figure_errors   (GString *page, const PmtRegistration *r);
void _pmt_figure_blocks   (GString *page, const PmtDdScore *score);
void _pmt_figure_timings  (GString *page, const PmtRegistration *r);

/* The cells of a confidence map over a picture's frame, to be laid over it. */
void _pmt_figure_confidence (GString *page, const PmtConfidence *map, PmtSize size);

G_END_DECLS
