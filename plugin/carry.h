/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "carry-map.h"
#include "job.h"

G_BEGIN_DECLS

/* Markup on its way from one image to another: it is read and mapped (slow, cancellable, nothing changes), then added. */

typedef enum { PMT_CARRY_NONE, PMT_CARRY_SELECTED, PMT_CARRY_ALL } PmtCarryWhich;

typedef struct
{
  PmtCarryWhich paths, channels;
  gboolean      selection, guides, mask;
} PmtCarryOptions;

typedef struct
{
  GimpImage         *source, *target;
  GimpLayer         *from, *to;
  const PmtCarryMap *map;
  GString           *remarks;      /* what falls outside and what else there is to know, translated sentences */
  GPtrArray         *added;        /* what is in the target by now: GimpPath, GimpChannel; the target layer for its mask … */
  GArray            *guides;       /* … and the guides' numbers, guint */
} PmtCarry;

/* Paths, and guides, which become paths where the map does not keep them parallel to a side. */
typedef struct _PmtCarryCurves PmtCarryCurves;

#define PMT_CARRY_TOLERANCE 0.05      /* px of the target, between a curve's image and the path that it becomes */

PmtCarryCurves *pmt_carry_curves_new  (PmtCarry *carry, const PmtCarryOptions *options);
void            pmt_carry_curves_free (PmtCarryCurves *curves);
guint           pmt_carry_curves_count (const PmtCarryCurves *curves);
gboolean        pmt_carry_curves_add  (const PmtCarryCurves *curves, PmtCarry *carry, GError **error);

/* The selection, channels, the layer's mask: resampled once. */
typedef struct _PmtCarrySheets PmtCarrySheets;

PmtCarrySheets *pmt_carry_sheets_new  (PmtCarry *carry, const PmtCarryOptions *options, PmtJob *job, GError **error);
void            pmt_carry_sheets_free (PmtCarrySheets *sheets);
guint           pmt_carry_sheets_count (const PmtCarrySheets *sheets);
gboolean        pmt_carry_sheets_add  (const PmtCarrySheets *sheets, PmtCarry *carry, GError **error);

/* A sentence to the remarks. */
void            pmt_carry_remark      (PmtCarry *carry, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtCarryCurves, pmt_carry_curves_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtCarrySheets, pmt_carry_sheets_free)

G_END_DECLS
