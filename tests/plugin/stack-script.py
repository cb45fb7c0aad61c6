# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a GIMP with a display; drive-stack presses the keys."""
from stack_files import *


def interactively(files):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-open-stack")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("files", files)
    config.set_property("model", "homography")
    return procedure.run(config)


def export(image, layers, path):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-export-multiband")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", layers)
    config.set_property("file", Gio.File.new_for_path(path))      # its folder is where the chooser begins
    return procedure.run(config)


def test_window():
    files = [f"{PICTURES}/{name}.png" for name in ("ref", "mov", "third")]
    same(interactively(files).index(0), Gimp.PDBStatusType.CANCEL, "Escape leaves the dialog")
    same(len(Gimp.get_images()), 0, "and opens nothing")
    result = interactively(files)
    same(result.index(0), Gimp.PDBStatusType.SUCCESS, "the files are opened")
    image = result.index(1)
    same([layer.get_name() for layer in image.get_layers()], ["third.png", "mov.png", "ref.png"], "as layers of one image")
    same(sorted(warp_filter(layer) is not None for layer in image.get_layers()), [False, True, True],
         "two of which are laid on the third")
    layers = image.get_layers()
    same(export(image, layers, f"{FOLDER}/none.tif").index(0), Gimp.PDBStatusType.CANCEL, "Escape leaves the question where to export")
    ok(not [name for name in os.listdir(FOLDER) if name.endswith(".tif")], "and writes nothing")
    result = export(image, layers, f"{FOLDER}/none.tif")
    same((result.index(0), len(result.index(1))), (Gimp.PDBStatusType.SUCCESS, 9), "three layers are exported as nine bands")
    written = [name for name in os.listdir(FOLDER) if name.endswith(".tif")]
    same(len(written), 1, "into one file")


run_tests([test_window])
open(f"{FOLDER}/ended", "w").close()
