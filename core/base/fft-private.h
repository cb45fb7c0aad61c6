/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <fftw3.h>

#include "base/plane.h"

G_BEGIN_DECLS

/* Complex float images for the Fourier transform: interleaved (re, im), row-major, width·height pairs, from
 * pmt_buffer_new(). Plans are made once for each size and kept (FFTW_ESTIMATE, so that the same input gives the same
 * bits in every run); executing is re-entrant. */
typedef enum { PMT_FFT_FORWARD = FFTW_FORWARD, PMT_FFT_INVERSE = FFTW_BACKWARD } PmtFftDirection;

/* In place, unnormalised: forward then inverse multiplies by width·height. */
void _pmt_fft_2d (int width, int height, float *data, PmtFftDirection direction);

/* The smallest n ≥ size whose prime factors are 2, 3, 5, 7 only. */
int  _pmt_fft_good_size (int size);

G_END_DECLS
