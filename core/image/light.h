/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The sRGB transfer curve (IEC 61966-2-1), encoded 0 … 1 to linear 0 … 1 and back; beyond that range it goes on by its
 * own formula, odd about 0. */
double       pmt_srgb_to_linear (double encoded);
double       pmt_srgb_from_linear (double linear);

/* 256 and 65536 linear values of the codes of 8-bit and 16-bit images. Constant, never freed. */
const float *pmt_srgb_table_8   (void);
const float *pmt_srgb_table_16  (void);

/* n values in place, linear to encoded. Within 10⁻⁶ of the formula. */
void         pmt_srgb_encode    (float *values, gsize n);

G_END_DECLS
