/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "base/error.h"
#include "i18n.h"
#include "job.h"

G_BEGIN_DECLS

/* What the procedures share. */

/* Sets PMT_ERROR_UNSUPPORTED (GIMP refused) with the formatted text; returns FALSE. */
gboolean        pmt_plug_in_fail    (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The return values of a call that failed; takes the error. Cancellation becomes GIMP_PDB_CANCEL. */
GimpValueArray *pmt_plug_in_failure (GimpProcedure *procedure, GError *error, GimpPDBStatusType status);
/* A job whose progress GIMP shows where it shows that of plug-ins. */
PmtJob         *pmt_plug_in_job     (const char *title);
/* The file of one of our icons. */
GFile          *pmt_plug_in_icon    (const char *name);
/* Documentation, menu, icon, authors, help id (the procedure's name): what every procedure states of itself. */
void            pmt_plug_in_describe (GimpProcedure *procedure, const char *label, const char *icon,
                                      const char *blurb, const char *help);

GimpProcedure  *pmt_align_procedure   (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_points_procedure  (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_deformation_procedure (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_bake_procedure    (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_reset_procedure   (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_carry_procedure   (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_compare_procedure (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_copy_procedure    (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_export_procedure  (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_history_procedure (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_import_procedure  (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_multiband_procedure (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_open_stack_procedure (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_rectify_procedure (GimpPlugIn *plug_in, const char *name);
GimpProcedure  *pmt_rebuild_procedure (GimpPlugIn *plug_in, const char *name);

G_END_DECLS
