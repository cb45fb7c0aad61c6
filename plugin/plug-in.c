/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plug-in.h"

#include <stdarg.h>

#include "config.h"

gboolean
pmt_plug_in_fail (GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, text);
  return FALSE;
}

GimpValueArray *
pmt_plug_in_failure (GimpProcedure *procedure, GError *error, GimpPDBStatusType status)
{
  if (g_error_matches (error, PMT_ERROR, PMT_ERROR_CANCELLED))
    {
      g_error_free (error);
      return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
    }
  return gimp_procedure_new_return_values (procedure, status, error);
}

/* A theme of our own icons: a stated one (an uninstalled build), one beside the executable, else the installed one. */
static char *
icon_directory (void)
{
  const char *stated = g_getenv ("PENTIMENTO_ICONDIR");
  g_autofree char *folder = g_path_get_dirname (gimp_get_progname ());
  g_autofree char *beside = g_build_filename (folder, "icons", NULL);

  if (stated != NULL && *stated != '\0')
    return g_strdup (stated);
  if (g_file_test (beside, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&beside);
  return g_strdup (PMT_ICONDIR);
}

GFile *
pmt_plug_in_icon (const char *name)
{
  g_autofree char *directory = icon_directory ();
  g_autofree char *file_name = g_strconcat (name, ".svg", NULL);

  return g_file_new_build_filename (directory, "hicolor", "scalable", "apps", file_name, NULL);
}

void
pmt_plug_in_describe (GimpProcedure *procedure, const char *label, const char *icon, const char *blurb,
                      const char *help)
{
  g_autoptr (GFile) file = pmt_plug_in_icon (icon);
  g_autofree char *menu = g_strconcat ("<Image>/Layer/", _("Registration"), NULL);

  gimp_procedure_set_image_types (procedure, "RGB*, GRAY*");
  gimp_procedure_set_menu_label (procedure, label);
  gimp_procedure_add_menu_path (procedure, menu);
  gimp_procedure_set_icon_file (procedure, file);
  gimp_procedure_set_documentation (procedure, blurb, help, gimp_procedure_get_name (procedure));
  gimp_procedure_set_attribution (procedure, "The Pentimento authors", "The Pentimento authors", "2026");
}

static void
show_progress (const char *text, double fraction, int seconds_left, gpointer data)
{
  if (text != NULL)
    gimp_progress_set_text (text);
  gimp_progress_update (fraction);
}

PmtJob *
pmt_plug_in_job (const char *title)
{
  gimp_progress_init (title);
  return pmt_job_new (show_progress, NULL);
}
