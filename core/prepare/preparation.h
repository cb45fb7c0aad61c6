/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Ways to prepare both images before a placement is searched for, by name:
 *
 *   auto                   as they are; clahe as well where that is not clearly right
 *   none                   as they are
 *   downsample, clahe, bilateral, non-local-means, sobel, canny, adaptive-threshold, laplacian
 *   red, green, blue       one band of a colour image
 *   band:N                 the N-th band, 1 …, alpha not counted
 *   principal-component    the mixture of the bands that varies most
 *
 * or one of the latter three kinds and a filter, such as "red+clahe". Bands hold for the whole registration, and an image
 * with a single band is taken as it is; filters are for finding the placement only. */

/* TRUE for such a name or NULL (auto); PMT_ERROR_BAD_INPUT that lists the names otherwise. */
gboolean           pmt_preparation_check (const char *name, GError **error);

/* The names that need no number, NULL-terminated, constant, "auto" first: for menus. */
const char *const *pmt_preparation_names (void);

G_END_DECLS
