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


run_tests([test_window])
open(f"{FOLDER}/ended", "w").close()
