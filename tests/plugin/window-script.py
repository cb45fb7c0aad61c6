# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a GIMP with a display; drive-window presses the keys."""
import time

from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]


def interactively(image, drawables, name="align-layers"):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-" + name)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    return procedure.run(config)


def mark(name):
    open(f"{FOLDER}/{name}", "w").close()


def test_window():
    image = new_image(width=640, height=480)
    reference = add_layer(image, picture("ref"), "Visible light")
    layers = [add_layer(image, pixels, title) for pixels, title in
              ((picture("mov"), "Raking light"), (picture("ir"), "Infrared"),
               (np.full((480, 640, 3), 0.4, np.float32), "Blank"))]
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 20, 30, 100, 100)
    selection = stored(image.get_selection())
    # the history begins here
    image.undo_disable()
    image.undo_enable()
    image.clean_all()
    Gimp.Display.new(image)
    image.set_selected_layers(layers + [reference])
    before = [state(layer) for layer in layers + [reference]]

    result = interactively(image, layers + [reference])
    same(result.index(0), Gimp.PDBStatusType.CANCEL, "Escape cancels while the pictures are compared")
    same([state(layer) for layer in layers + [reference]], before, "and nothing has changed")
    ok(not image.is_dirty(), "not even the image's history")

    result = interactively(image, layers + [reference])
    same(result.index(0), Gimp.PDBStatusType.CANCEL, "Escape cancels before the preview too")
    same([state(layer) for layer in layers + [reference]], before, "looking at the preview has changed nothing")
    ok(not image.is_dirty(), "nor left a step to undo")

    result = interactively(image, layers + [reference])
    same(result.index(0), Gimp.PDBStatusType.SUCCESS, "Apply applies")
    same([warp_filter(layer) is not None for layer in layers], [True, True, False],
         "what is sure got filters, a picture of nothing none")
    same([state(reference)], before[3:], "the reference is untouched")
    same(stored(image.get_selection()), selection, "the selection is as before")
    mark("applied")

    while not os.path.exists(FOLDER + "/undone"):
        time.sleep(0.2)
    same([state(layer) for layer in layers + [reference]], before, "one Ctrl+Z takes all of it back")
    same(stored(image.get_selection()), selection, "the selection stays")
    ok(not image.is_dirty(), "and the image counts as unchanged again")

    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 0, 0)
    attach(layers[0], (0, 0))
    image.set_selected_layers([layers[0]])
    for other in layers[1:]:
        other.set_visible(False)
    image.clean_all()
    before = [layer.get_name() for layer in image.get_layers()]
    result = interactively(image, [layers[0]], "show-deformation")
    same(result.index(0), Gimp.PDBStatusType.CANCEL, "Escape leaves the question how to show a deformation")
    same([layer.get_name() for layer in image.get_layers()], before, "and adds nothing")
    result = interactively(image, [layers[0]], "show-deformation")
    same((result.index(0), len(image.get_layers())), (Gimp.PDBStatusType.SUCCESS, len(before) + 1), "a deformation is shown")
    mark("shown")
    while not os.path.exists(FOLDER + "/unshown"):
        time.sleep(0.2)
    same([layer.get_name() for layer in image.get_layers()], before, "one Ctrl+Z takes the picture away")


run_tests([test_window])
mark("ended")
