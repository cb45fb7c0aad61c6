/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The k-th smallest (0 … n-1) of n finite floats, which are reordered: linear time (Hoare 1961). */
float _pmt_select_float (float *values, int n, int k);
/* The median of n finite floats, which are reordered; for even n the mean of the middle two; 0 when n is 0. */
float _pmt_median_float (float *values, int n);

/* The value below which `share` of n doubles, none of them a NAN, lie, one of them; they are reordered. NAN when n is 0. */
double _pmt_quantile (double *values, int n, double share);

G_END_DECLS
