# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a GIMP with a display; drive-points sets the points."""
import time

from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]
POINTS = "pentimento-points"
# two above, one in the middle, two below
PLACES = np.array([[70, 60], [560, 80], [320, 230], [90, 400], [540, 420]], float)
MAGENTA, GREEN = (1, 0, 1), (0, 1, 0)
RADIUS = 7


def mapped(matrix, points):
    out = np.c_[points, np.ones(len(points))] @ matrix.T
    return out[:, :2] / out[:, 2:]


def with_discs(pixels, places, colour):
    pixels = pixels.copy()
    y, x = np.mgrid[:pixels.shape[0], :pixels.shape[1]] + 0.5
    for place in places:
        pixels[np.hypot(x - place[0], y - place[1]) < RADIUS] = colour
    return pixels


def align(image, drawables):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-align-points")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    return procedure.run(config)


def mark(name):
    open(f"{FOLDER}/{name}", "w").close()


def wait_for(name):
    while not os.path.exists(f"{FOLDER}/{name}"):
        time.sleep(0.2)


def kept(layer):
    """number → reference x, y, layer x, y; and the sources"""
    parasite = layer.get_parasite(POINTS)
    lines = bytes(parasite.get_data()).rstrip(b"\0").decode().splitlines() if parasite else []
    rows = [line.split(",") for line in lines if line[:1].isdigit()]
    return np.array([row[:4] for row in rows], float).reshape(-1, 4), [row[5] for row in rows], "\n".join(lines)


def methods(layer):
    """how each step of the record was found"""
    record = json.loads(bytes(layer.get_parasite(PARASITE).get_data()).rstrip(b"\0"))
    return [step["provenance"]["method"] for step in json.loads(record["transform"])["steps"]]


def disc_error(layer):
    """how far the layer's discs, as one sees them, lie from the reference's, px"""
    pixels = seen(layer)
    y, x = np.mgrid[:pixels.shape[0], :pixels.shape[1]] + 0.5
    green = np.clip(pixels[..., 1] - np.maximum(pixels[..., 0], pixels[..., 2]) - 0.5, 0, None) * pixels[..., 3]
    errors = []
    for place in PLACES:
        weight = green * (np.hypot(x - place[0], y - place[1]) < 3 * RADIUS)
        total = weight.sum()
        errors.append(np.hypot((weight * x).sum() / total - place[0], (weight * y).sum() / total - place[1])
                      if total > 10 else np.inf)
    return max(errors)


def test_points():
    expected = truth("ref", "mov")
    image = new_image(width=640, height=480)
    reference = add_layer(image, with_discs(picture("ref"), PLACES, MAGENTA), "Visible light")
    layer = add_layer(image, with_discs(picture("mov"), mapped(expected, PLACES), GREEN), "Raking light")
    image.undo_disable()
    image.undo_enable()
    image.clean_all()
    Gimp.Display.new(image)
    image.set_selected_layers([layer])
    before = state(layer)
    ok(disc_error(layer) > 3, "the layer lies elsewhere at first", disc_error(layer))

    same(align(image, [layer]).index(0), Gimp.PDBStatusType.CANCEL, "the window can be left")
    ok(not image.is_dirty(), "which leaves no step to undo")
    same(kept(layer)[2], "", "nor points in the file")
    mark("left")

    same(align(image, [layer]).index(0), Gimp.PDBStatusType.SUCCESS, "Apply applies")
    points, sources, text = kept(layer)
    same(len(points), 4, "the pairs that were set before the window was left, and those since, are kept with the layer")
    same(sources[2:], ["snapped", "snapped"], "from the third pair on partners were found")
    off = np.hypot(*(mapped(expected, points[:, :2]) - points[:, 2:]).T)
    below(off[2:].max(), 0.7, "where they are, to within")
    ok("#model homography" in text, "the movement was chosen", text)
    # two pairs were set by hand, and a pixel of the screen is 1.7 of the pictures
    below(disc_error(layer), 2.5, "what one sees lies on the reference, px")
    after, after_points = state(layer), kept(layer)[2]
    mark("applied")

    wait_for("undone")
    same(state(layer), before, "one Ctrl+Z takes all of it back")
    ok(not image.is_dirty(), "and the image counts as unchanged again")
    mark("seen-undone")
    wait_for("redone")
    same(state(layer), after, "Ctrl+Y does it again")
    same(kept(layer)[2], after_points, "with its points")

    path = Gio.File.new_for_path(FOLDER + "/points.xcf")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, path, None)
    again = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, path)
    layer = [each for each in again.get_layers() if each.get_name() == "Raking light"][0]
    same(kept(layer)[2], after_points, "the file keeps the points")
    Gimp.Display.new(again)
    again.set_selected_layers([layer])
    mark("saved")
    same(align(again, [layer]).index(0), Gimp.PDBStatusType.SUCCESS, "the window opens again with them")
    edited, sources, text = kept(layer)
    same((len(edited), tuple(edited[-1, :2])), (5, (320, 240)), "Enter sets a pair in the middle of the view")
    ok(sources[-1] == "snapped" and text.splitlines()[-1].split(",")[4] == "no", "whose partner is found, and space switches it off",
       text)
    moved = edited[:4] - points
    change = np.abs(moved).max(axis=1)
    ok(sorted(change.round(3))[:3] == [0, 0, 0] and abs(change.max() - 0.8) < 0.001,
       "one was nudged by eight tenths of a pixel with the arrow keys", moved)
    same(methods(layer), ["points", "points"], "a second step corrects the first")
    below(disc_error(layer), 2.5, "and the layer lies well still, px")
    mark("edited")

    same(align(again, [layer]).index(0), Gimp.PDBStatusType.SUCCESS, "points are found automatically")
    many, sources, text = kept(layer)
    ok("hand" not in sources, "those that were set by hand were snapped before, all at once", sources)
    below(np.hypot(*(mapped(expected, many[:4, :2]) - many[:4, 2:]).T).max(), 0.7, "to where they belong, px")
    ok(sources.count("automatic") >= 5, "and added to those there are", sources)
    new = many[np.array(sources) == "automatic"]
    below(np.median(np.hypot(*(mapped(expected, new[:, :2]) - new[:, 2:]).T)), 0.7, "half of them lie within")
    mark("found")

    same(align(again, [layer]).index(0), Gimp.PDBStatusType.SUCCESS, "the automatic fit goes on from the points")
    same(methods(layer)[-1], "registration", "its step says so")
    below(disc_error(layer), 1, "and lies better than what a hand set, px")


run_tests([test_points])
mark("ended")
