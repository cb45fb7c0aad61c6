# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a GIMP with a display; drive-exchange types names of files and presses the keys."""
import time

from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]


def interactively(image, layer, name):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-" + name)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer])
    return procedure.run(config).index(0)


def mark(name):
    open(f"{FOLDER}/{name}", "w").close()


def test_windows():
    json.dump(bend(), open(f"{FOLDER}/bent.json", "w"))
    image = new_image(width=640, height=480)
    reference = add_layer(image, picture("ref"), "reference")
    layer = add_layer(image, picture("mov"), "moving")
    image.undo_disable()
    image.undo_enable()
    image.clean_all()
    Gimp.Display.new(image)
    image.set_selected_layers([layer])
    before = state(layer)

    same(interactively(image, layer, "import"), Gimp.PDBStatusType.CANCEL, "Escape closes the import")
    ok(not image.is_dirty(), "and nothing has changed")
    mark("cancelled")
    same(interactively(image, layer, "import"), Gimp.PDBStatusType.SUCCESS, "a file that is typed is imported")
    same(record(layer)["transform"]["steps"][1]["kind"], "lattice", "the file's bend")
    same(record(layer)["reference"]["name"], "reference", "from the layer below")
    mark("imported")
    while not os.path.exists(FOLDER + "/undone"):
        time.sleep(0.2)
    same(state(layer), before, "one Ctrl+Z takes it back")
    import_ = call("import", image, [layer], file=Gio.File.new_for_path(f"{FOLDER}/bent.json"), reference=reference)
    same(import_[0], Gimp.PDBStatusType.SUCCESS, "the same without a window")
    rectify()
    carry_markup(image, layer)

    same(interactively(image, layer, "export"), Gimp.PDBStatusType.CANCEL, "what an SVG cannot hold is asked, and declined")
    ok(not os.path.exists(f"{FOLDER}/bent.svg"), "so there is no file")
    mark("answered-Escape")
    same(interactively(image, layer, "export"), Gimp.PDBStatusType.SUCCESS, "or accepted")
    ok("matrix(" in open(f"{FOLDER}/bent.svg").read(), "then the nearest is written")
    mark("answered-Return")


def rectify():
    """The corners of a path, lengths that are typed."""
    image = new_image(width=600, height=500)
    photograph = add_layer(image, picture("mov"), "photograph")
    panel = Gimp.Path.new(image, "panel")
    image.insert_path(panel, None, 0)
    panel.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, [c for p in ((80, 60), (530, 85), (500, 440), (95, 410))
                                                              for c in 3 * p], True)
    image.set_selected_layers([photograph])
    same(interactively(image, photograph, "rectify"), Gimp.PDBStatusType.SUCCESS, "a photograph is rectified from the window")
    transform = record(photograph)["transform"]
    corners = apply(np.linalg.inv(product(transform)), [(80, 60), (530, 85), (500, 440), (95, 410)])
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    below(abs(sides[0] / sides[1] - 812 / 611), 1e-9, "its sides are as long as was typed")
    below(abs(sides[0] / sides[2] - 1), 1e-9, "and it is a rectangle")
    image.delete()


def carry_markup(image, layer):
    """The photograph in an image of its own, which the window finds by itself."""
    own = new_image(width=600, height=500)
    photograph = add_layer(own, picture("mov"), "photograph")
    outline = Gimp.Path.new(image, "outline")
    image.insert_path(outline, None, 0)
    outline.bezier_stroke_new_ellipse(300, 240, 120, 60, 0.3)
    image.add_hguide(200)
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 200, 150, 180, 160)
    image.set_selected_layers([layer])
    same(interactively(image, layer, "carry"), Gimp.PDBStatusType.SUCCESS, "markup is carried from the window")
    names = [item.get_name() for item in own.get_paths()]
    same(names, ["outline", "Guide at y = 200"], "its paths are in the other image, and the guide that bends there")
    ok(not Gimp.Selection.is_empty(own), "and so is the selection")
    ok(photograph.get_mask() is None, "and no mask, where there was none")


run_tests([test_windows])
