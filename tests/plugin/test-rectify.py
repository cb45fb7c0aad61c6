# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectify: four corners and measured lengths make a photograph true to scale."""
from harness import *

CORNERS = np.array([(150, 105), (600, 130), (570, 485), (165, 455)], float)      # on the canvas
AT = (70, 45)
LENGTHS = "812 611 - - - -"


def photograph():
    image = new_image()
    return image, add_layer(image, picture("mov"), "photograph", *AT)


def text(corners):
    return " ".join(f"{x:.10g},{y:.10g}" for x, y in corners)


def plan(layer):
    """the corners in the plan, and where the plan begins on the canvas"""
    kept = record(layer)
    to_plan = np.linalg.inv(product(kept["transform"]))
    return apply(to_plan, CORNERS - AT), kept


def sides(p):
    return np.hypot(*(np.roll(p, -1, axis=0) - p).T)


def check_rectangle(layer, name):
    p, kept = plan(layer)
    length = sides(p)
    below(abs(length[0] / length[1] - 812 / 611), 1e-9, f"{name}: the sides have their ratio")
    below(abs(p[1][1] - p[0][1]) + abs(p[3][0] - p[0][0]), 1e-6, f"{name}: the upper side is level, the left one upright")
    return p, kept


def test_corners():
    image, layer = photograph()
    before = state(layer)
    status, values = call("rectify", image, [layer], corners=text(CORNERS), lengths=LENGTHS)
    same(status, Gimp.PDBStatusType.SUCCESS, "typed corners and two sides")
    p, kept = check_rectangle(layer, "typed")
    changed, width, height, scale, misfit = values
    same((changed, misfit), (1, 0), "one layer, no contradiction")
    below(abs(sides(p)[0] / scale - 812), 1e-6, "the scale is pixels for a unit")
    same((width, height), (kept["transform"]["fixed"]["width"], kept["transform"]["fixed"]["height"]), "the plan's size is told")
    below(abs(width * height / polygon_area(CORNERS) - 1), 0.02, "as many pixels as the picture has there")
    same(kept["transform"]["steps"][0]["provenance"]["method"], "rectified", "the step says where it came from")
    middle = p.mean(axis=0) + kept["reference"]["offset"]
    below(np.abs(middle - CORNERS.mean(axis=0)).max(), 0.5, "the picture stays where it is on the canvas")
    # what is seen: the picture at the corner of the plan is the picture at the corner of the photograph
    found = apply(image_map(layer), p + kept["reference"]["offset"])
    below(np.abs(found - (CORNERS - AT)).max(), 1e-6, "and the filter shows it so")
    call("reset", image, [layer])
    same(state(layer), before, "Reset takes it back")
    image.delete()


def polygon_area(p):
    x, y = np.asarray(p).T
    return 0.5 * abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def test_path_and_selection():
    image, layer = photograph()
    path = Gimp.Path.new(image, "panel")
    image.insert_path(path, None, 0)
    turned = np.roll(CORNERS, 2, axis=0)[::-1]      # from another corner, the other way round
    path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, [c for q in turned for c in 3 * tuple(q)], True)
    call("rectify", image, [layer], lengths=LENGTHS)
    first, _ = check_rectangle(layer, "a path")
    call("reset", image, [layer])
    image.remove_path(path)
    image.select_polygon(Gimp.ChannelOps.REPLACE, CORNERS.ravel().tolist())
    call("rectify", image, [layer], lengths=LENGTHS)
    second, _ = plan(layer)
    below(np.abs(sides(first) - sides(second)).max(), 3, "the selection's corners are the same to its pixels")
    image.delete()


def test_again():
    """A layer that is aligned already keeps that step, and its picture is seen through both."""
    image, layer = photograph()
    attach(layer, AT)
    call("rebuild", image, [layer])
    steps_before = record(layer)["transform"]["steps"]
    status, values = call("rectify", image, [layer], corners=text(CORNERS), lengths="812 611 812 611 1016.2 -", resolution=0.5)
    same(status, Gimp.PDBStatusType.SUCCESS, "five lengths, on an aligned layer")
    kept = record(layer)["transform"]["steps"]
    same(kept[-2:], steps_before, "its steps stay, the new one is in front")
    found = apply(np.linalg.inv(np.array(kept[0]["matrix"])), CORNERS - AT)
    below(abs(sides(found)[0] - 406), 0.05, "at the resolution that was asked for")
    image.delete()


def test_errors():
    image, layer = photograph()
    before = state(layer)
    for name, words, arguments in (
            ("no corners", "four anchors", {"lengths": LENGTHS}),
            ("three corners", "four places", {"corners": "1,2 3,4 5,6", "lengths": LENGTHS}),
            ("one length", "Two lengths", {"corners": text(CORNERS), "lengths": "812"}),
            ("a side of nothing", "left out", {"corners": text(CORNERS), "lengths": "0 611"}),
            ("corners in a line", "left out", {"corners": "100,100 200,200 300,300 400,400", "lengths": LENGTHS}),
            ("a resolution below 0", "resolution", {"corners": text(CORNERS), "lengths": LENGTHS, "resolution": -1.0})):
        refused(f"{name}: refused", *call("rectify", image, [layer], **arguments), words)
    layer.set_lock_position(True)
    refused("a locked layer is left out", *call("rectify", image, [layer], corners=text(CORNERS), lengths=LENGTHS), "locked")
    layer.set_lock_position(False)
    same(state(layer), before, "nothing has changed")
    image.delete()


run_tests([test_corners, test_path_and_selection, test_again, test_errors])
