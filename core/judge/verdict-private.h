/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "judge/evidence-private.h"
#include "register.h"

G_BEGIN_DECLS

/* Everything the verdict rests on. */
typedef struct
{
  gboolean    found;              /* a pose was found at all */
  PmtEvidence evidence;
  double      second_support;     /* of the best other pose */
  double      matches;            /* evidence of matched keypoints for the pose, nats; 0 when none matched */
  gboolean    sane;               /* no flip, no horizon, areas within bounds */
  double      area_ratio;         /* largest over smallest local area in the overlap */
  double      error_median, error_p95;   /* predicted, moving px; NAN when unknown */
  double      object_p95;         /* what of that the object has bent or changed by */
  double      error_limit;        /* moving px: beyond this p95 of the rest it is not called ok */
  double      object_limit;       /* … nor beyond this p95 in all */
  PmtModel    supported;          /* the stiffest model that held-out tiles ask for; AUTO when not known */
  gboolean    wanted_bend;        /* the person asked for a bend; what came of it is the registration's */
} PmtCase;

/* Fills registration->verdict and ->reasons: judge/verdict.c. */
void _pmt_judge (const PmtCase *c, PmtRegistration *registration);

/* Adds a reason; the verdict stays. Takes text; advice is not kept where passed. */
void _pmt_judge_add (PmtRegistration *registration, const char *code, char *text, const char *advice, double value,
                     double threshold, gboolean passed);

/* An array of PmtReason that frees them, and another one for it; takes text. */
GPtrArray *_pmt_reasons_new (void);
void       _pmt_reasons_add (GPtrArray *reasons, const char *code, char *text, const char *advice, double value,
                             double threshold, gboolean passed);

/* Adds that the moving image would fit if it were mirrored; the verdict stays. */
void _pmt_judge_add_mirrored (PmtRegistration *registration, double support);

G_END_DECLS
