/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "group/pose-solve-private.h"

G_BEGIN_DECLS

/* -- loops: group/loops.c -- */

/* All ways round through three links that say something, and for links in none the shortest way round through others;
 * sets `loops` and `closed` of each link. Appends PmtGroupLoop with their closures, those that have places to measure. */
void _pmt_loops_find  (PmtPoseGraph *graph, gboolean used_only, GArray *loops);
/* Of all loops but those through image `without` (−1: none): the median of their medians and the 95th percentile of theirs. */
void _pmt_loops_total (const GArray *loops, int without, double *median, double *p95);

/* -- trees and what is known: group/pair-graph.c -- */

/* The component that link-connected images form, the largest one, or that of `with` (≥ 0): member[i]. Links of which n is 0
 * don't count. Returns its size. */
int  _pmt_pair_graph_component (const PmtPoseGraph *graph, int with, gboolean *member);
/* The tree of least error within the component round the image from which the others are known best, or `reference` when ≥ 0:
 * sets reference, parents and `tree`. Links in loops that don't close are taken last. */
void _pmt_pair_graph_tree      (PmtPoseGraph *graph, const gboolean *member, int reference);

/* How uncertain poses are relative to each other, as the resistance of a network whose links conduct 1/σ²: what a
 * further link between two would tell. group/pair-information.c */
typedef struct
{
  int     n;
  double *inverse;      /* n × n, of the network's Laplacian on the members, pseudo-; NULL when n is too large */
  double  sigma;        /* median of the links, px */
} PmtPairInformation;

gboolean _pmt_pair_information_init   (PmtPairInformation *information, const PmtPoseGraph *graph, const gboolean *member);
/* Resistance between two members, px². */
double   _pmt_pair_information_between (const PmtPairInformation *information, int i, int j);
/* As if a link of variance `variance` had been added. */
void     _pmt_pair_information_add    (PmtPairInformation *information, int i, int j, double variance);
void     _pmt_pair_information_clear  (PmtPairInformation *information);

G_END_DECLS
