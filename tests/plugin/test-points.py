# SPDX-License-Identifier: GPL-3.0-or-later
"""Alignment by control points without a window: the points as text."""
from harness import *

POINTS = "pentimento-points"
CORNERS = np.array([[70, 60], [560, 80], [90, 400], [540, 420], [320, 230]], float)


def mapped(matrix, points):
    out = np.c_[points, np.ones(len(points))] @ matrix.T
    return out[:, :2] / out[:, 2:]


def text(fixed, moving):
    return "".join(f"{a[0]:.6f},{a[1]:.6f},{b[0]:.6f},{b[1]:.6f}\n" for a, b in zip(fixed, moving))


def call(image, layers, **arguments):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-align-points")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", layers)
    for name, value in arguments.items():
        config.set_property(name.replace("_", "-"), value)
    return procedure.run(config)


def record(layer):
    data = bytes(layer.get_parasite(PARASITE).get_data()).rstrip(b"\0")
    return json.loads(data)


def kept_points(layer):
    return bytes(layer.get_parasite(POINTS).get_data()).rstrip(b"\0").decode()


def matrix_of(layer):
    """the chain's product"""
    product = np.eye(3)
    for step in json.loads(record(layer)["transform"])["steps"]:
        product = np.array(step["matrix"], float).reshape(3, 3) @ product
    return product


def test_apply():
    image, reference, layer = pair(moving_at=(31, 17))
    expected = truth("ref", "mov")
    result = call(image, [layer], reference=reference, points=text(CORNERS, mapped(expected, CORNERS)), model="homography")
    same(result.index(0), Gimp.PDBStatusType.SUCCESS, "points lay a layer on its reference")
    off = mapped(matrix_of(layer), CORNERS) - mapped(expected, CORNERS)
    below(np.abs(off).max(), 1e-3, "by the map that they say, wherever the layer lay")
    report = json.loads(result.index(1))
    same((report["model"], len(report["points"])), ("homography", 5), "and the report tells of them")
    same(json.loads(record(layer)["transform"])["steps"][-1]["provenance"]["method"], "points", "the record says how it was found")
    ok(warp_filter(layer) is not None, "the layer has its live filter")

    result = call(image, [layer], model="affine")
    same(result.index(0), Gimp.PDBStatusType.SUCCESS, "without points those count that the layer has")
    ok(json.loads(result.index(1))["model"] == "affine" and kept_points(layer).count("\n") == 10 and "#model affine" in kept_points(layer),
       "with another model, which is kept", kept_points(layer))


def test_two_selected():
    image, reference, layer = pair("ref", "shifted")
    points = text(CORNERS[:2], mapped(truth("ref", "shifted"), CORNERS[:2]))
    result = call(image, [layer, reference], points=points)
    same(result.index(0), Gimp.PDBStatusType.SUCCESS, "of two layers the lower one is the reference")
    same(json.loads(result.index(1))["model"], "similarity", "two pairs make the freest map that they fix")


def test_bend():
    image, reference, layer = pair("ref", "mov")
    there = mapped(truth("ref", "mov"), CORNERS)
    there[4] += (6, -4)
    result = call(image, [layer], reference=reference, points=text(CORNERS, there), model="thin-plate", smoothing=0.0)
    same(result.index(0), Gimp.PDBStatusType.SUCCESS, "points can bend a layer")
    below(max(p["residual"] for p in json.loads(result.index(1))["points"]), 0.05, "so that it goes through all of them")


def test_bad():
    image, reference, layer = pair()
    good = text(CORNERS, mapped(truth("ref", "mov"), CORNERS))
    before = state(layer)
    for arguments, what, words in (
            ({"points": "1,2,3\n"}, "text that is no pair", "line 1"),
            ({"points": good.splitlines()[0], "model": "affine"}, "too few points", "at least 3"),
            ({"points": good, "model": "curly"}, "a model that there is not", "curly"),
            ({"points": good, "sampler": "best"}, "a sampler that there is not", "best"),
            ({"points": good, "smoothing": 1e9}, "a smoothing out of range", "smoothing"),
            ({}, "no points at all", "points"),
            ({"points": "#size 1 2 3 4\n" + good}, "points of other pictures", "1 × 2")):
        result = call(image, [layer], reference=reference, **arguments)
        message = Gimp.get_pdb().get_last_error()
        ok(result.index(0) in (Gimp.PDBStatusType.CALLING_ERROR, Gimp.PDBStatusType.EXECUTION_ERROR) and words in message,
           f"{what}: an error that says so", (result.index(0), message))
    same(state(layer), before, "and nothing changed")
    third = add_layer(image, picture("third"), "third")
    ok(call(image, [layer, third, reference], points=good).index(0) != Gimp.PDBStatusType.SUCCESS, "one layer at a time")
    layer.set_lock_position(True)
    ok(call(image, [layer], reference=reference, points=good).index(0) != Gimp.PDBStatusType.SUCCESS, "no locked layer is moved")


run_tests([test_apply, test_two_selected, test_bend, test_bad])
