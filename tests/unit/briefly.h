/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The sanitizers make everything five times as slow. What a program does many times over, it does a few times there: they look
 * for other mistakes than figures. */
#ifdef __SANITIZE_ADDRESS__
#define BRIEFLY 1
#else
#define BRIEFLY 0
#endif
