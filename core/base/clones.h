/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* For leaf functions with a hot loop: compiled twice, for any x86-64 and for those with AVX2 and FMA, chosen when the
 * program is loaded. Never inlined, so that every caller gets the same bits. Sanitizers can't start before the choice
 * is made, so with them there is one version. */
#if defined (__x86_64__) && defined (__GNUC__) && !defined (__clang__) && !defined (__SANITIZE_ADDRESS__) \
    && !defined (__SANITIZE_THREAD__) && !defined (PMT_NO_CLONES)
#define PMT_CLONES __attribute__ ((noinline, target_clones ("default", "arch=x86-64-v3")))
#else
#define PMT_CLONES __attribute__ ((noinline))
#endif
