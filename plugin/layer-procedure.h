/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "layer-chain.h"
#include "pixels.h"

G_BEGIN_DECLS

/* What the procedures that go through layers one by one have in common: they prepare all of them first (slow,
 * cancellable, nothing changes), then change all of them in one undo step, or none when one fails. */

typedef struct
{
  GimpLayer     *layer;
  char          *name;
  PmtLayerChain *chain;          /* the layer's record, NULL when it has none */
  PmtRendering  *rendering;      /* what prepare() made, if anything, … */
  char          *label;          /* … and what it is called */
} PmtLayerTask;

typedef struct
{
  const char *title;             /* of the progress */
  gboolean    replaces_pixels;
  gboolean    adds_only;         /* the layers stay what they are, so that locked ones are no exception */
  gboolean    forgives;          /* layers whose record is damaged are worked on too, as if they had none */
  /* TRUE to go on; FALSE with an error: the layer is left out and the user told why. NULL: nothing to prepare. */
  gboolean  (*prepare) (PmtLayerTask *task, PmtJob *job, gpointer data, GError **error);
  /* *remark, initially NULL: something the user should know. */
  gboolean  (*change)  (PmtLayerTask *task, gpointer data, char **remark, GError **error);
} PmtLayerWork;

/* Runs the work on `layers` (as pmt_layers_check() gives them). The call's return values: how many layers changed; an
 * error when all of them were left out. Remarks and omissions are messages of GIMP's. */
GimpValueArray *pmt_layer_procedure_run     (GimpProcedure *procedure, GimpImage *image, GPtrArray *layers,
                                             const PmtLayerWork *work, gpointer data);
/* Declares the return value. */
void            pmt_layer_procedure_declare (GimpProcedure *procedure);

G_END_DECLS
