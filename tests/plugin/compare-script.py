# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a GIMP with a display; drive-compare presses the keys."""
import time

from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]
SQUARE = 64      # px: ten in a row, which the slider begins with


def test_window():
    image = new_image(width=640, height=480)
    reference = add_layer(image, picture("ref"), "Visible light")
    third = add_layer(image, picture("ref") * 0.5, "Raking light")
    layer = add_layer(image, picture("ir"), "Infrared")
    image.undo_disable()
    image.undo_enable()
    image.clean_all()
    Gimp.Display.new(image)
    image.set_selected_layers([layer])
    before = [state(each) for each in (layer, third, reference)]
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-compare-layers")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_property("reference", reference)
    config.set_core_object_array("drawables", [layer])
    result = procedure.run(config)
    same(result.index(0), Gimp.PDBStatusType.SUCCESS, "the window is closed")
    made = result.index(1)
    same((image.get_item_position(made), made.get_width(), made.get_height()), (0, 640, 480), "there is a new layer on top")
    seen_file = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(FOLDER + "/seen.png"))
    below(float(np.abs(floats(seen_file.get_layers()[0]) - floats(made)).max()), 1e-6, "and a file with the same picture")
    seen_file.delete()
    y, x = np.mgrid[0:480, 0:640]
    first = (x // SQUARE + y // SQUARE) % 2 == 0
    found = floats(made)[..., :3]
    # tones are spread, and colours tell the two apart: the infrared picture is grey
    colour = found.max(axis=2) - found.min(axis=2)
    below(float(colour[~first].max()), 0.01, "the infrared layer's squares")
    ok(colour[first].mean() > 0.1, "beside the reference's", colour[first].mean())
    same([state(each) for each in (layer, third, reference)], before, "the layers stay what they are")
    open(FOLDER + "/closed", "w").close()
    while not os.path.exists(FOLDER + "/undone"):
        time.sleep(0.2)
    same([each.get_name() for each in image.get_layers()], ["Infrared", "Raking light", "Visible light"],
         "one Ctrl+Z takes the new layer back")
    ok(not image.is_dirty(), "and the image counts as unchanged")


run_tests([test_window])
