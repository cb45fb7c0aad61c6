/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The plug-in's executable: it tells GIMP its procedures and has each built by its own file. */

#include "plug-in.h"

#define PENTIMENTO_TYPE_PLUG_IN (pentimento_plug_in_get_type ())
G_DECLARE_FINAL_TYPE (PentimentoPlugIn, pentimento_plug_in, PENTIMENTO, PLUG_IN, GimpPlugIn)

struct _PentimentoPlugIn
{
  GimpPlugIn parent_instance;
};

G_DEFINE_FINAL_TYPE (PentimentoPlugIn, pentimento_plug_in, GIMP_TYPE_PLUG_IN)

static const struct
{
  const char      *name;
  GimpProcedure *(*create) (GimpPlugIn *plug_in, const char *name);
} procedures[] =
{
  { "plug-in-pentimento-align-layers", pmt_align_procedure },
  { "plug-in-pentimento-align-points", pmt_points_procedure },
  { "plug-in-pentimento-bake",         pmt_bake_procedure },
  { "plug-in-pentimento-carry",        pmt_carry_procedure },
  { "plug-in-pentimento-compare-layers", pmt_compare_procedure },
  { "plug-in-pentimento-copy",         pmt_copy_procedure },
  { "plug-in-pentimento-export",       pmt_export_procedure },
  { "plug-in-pentimento-export-multiband", pmt_multiband_procedure },
  { "plug-in-pentimento-history",      pmt_history_procedure },
  { "plug-in-pentimento-import",       pmt_import_procedure },
  { "plug-in-pentimento-open-stack", pmt_open_stack_procedure },
  { "plug-in-pentimento-rebuild",      pmt_rebuild_procedure },
  { "plug-in-pentimento-rectify",      pmt_rectify_procedure },
  { "plug-in-pentimento-reset",        pmt_reset_procedure },
  { "plug-in-pentimento-show-deformation", pmt_deformation_procedure }
};

/* The folder of help pages; their gimp-help.xml maps help ids, which are the procedures' names, to places in them. */
static GFile *
help_directory (void)
{
  const char *stated = g_getenv ("PENTIMENTO_HELPDIR");

  return g_file_new_for_path (stated != NULL && *stated != '\0' ? stated : PMT_HELPDIR);
}

static GList *
query_procedures (GimpPlugIn *plug_in)
{
  g_autoptr (GFile) help = help_directory ();
  GList *list = NULL;

  gimp_plug_in_set_help_domain (plug_in, "pentimento", help);
  for (gsize i = 0; i < G_N_ELEMENTS (procedures); i++)
    list = g_list_append (list, g_strdup (procedures[i].name));
  return list;
}

static GimpProcedure *
create_procedure (GimpPlugIn *plug_in, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (procedures); i++)
    if (g_strcmp0 (procedures[i].name, name) == 0)
      return procedures[i].create (plug_in, name);
  return NULL;
}

/* The directory that holds the catalogues: a stated one (an uninstalled build), one beside the executable (an
 * archive unpacked into a user's folder), else where we were installed to. */
static char *
catalogue_directory (void)
{
  const char *stated = g_getenv ("PENTIMENTO_LOCALEDIR");
  g_autofree char *folder = g_path_get_dirname (gimp_get_progname ());
  g_autofree char *beside = g_build_filename (folder, "locale", NULL);

  if (stated != NULL && *stated != '\0')
    return g_strdup (stated);
  if (g_file_test (beside, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&beside);
  return g_strdup (PMT_LOCALEDIR);
}

/* libgimp takes only folders beside the executable, so the domain is bound here and libgimp told to keep out. */
static gboolean
set_i18n (GimpPlugIn *plug_in, const char *procedure_name, char **gettext_domain, char **catalog_dir)
{
  g_autofree char *directory = catalogue_directory ();

  bindtextdomain (GETTEXT_PACKAGE, directory);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  return FALSE;
}

static void
pentimento_plug_in_class_init (PentimentoPlugInClass *klass)
{
  GimpPlugInClass *plug_in_class = GIMP_PLUG_IN_CLASS (klass);

  plug_in_class->query_procedures = query_procedures;
  plug_in_class->create_procedure = create_procedure;
  plug_in_class->set_i18n = set_i18n;
}

static void
pentimento_plug_in_init (PentimentoPlugIn *plug_in)
{
}

GIMP_MAIN (PENTIMENTO_TYPE_PLUG_IN)
