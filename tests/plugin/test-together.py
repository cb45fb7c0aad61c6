# SPDX-License-Identifier: GPL-3.0-or-later
"""Align Layers where several layers are compared with each other and solved together."""
from harness import *

BOUND = 0.3      # px, as in test-align.py
QUICK = {"preparation": "none", "modality": "same", "model": "homography"}      # what is known need not be found out


def stack(names, at=lambda i: (0, 0)):
    """An image of the pictures, the first one lowest; the layers likewise."""
    image = new_image(width=640, height=480)
    return image, [add_layer(image, picture(name), name, *at(i)) for i, name in enumerate(names)]


def test_together_by_default():
    image, layers = stack(["ref", "mov", "third"], lambda i: (10 * i, 7 * i))
    before = [state(layer) for layer in layers]
    verdicts, reports = align(image, layers, **QUICK)
    same(verdicts, ["ok", "ok"], "three layers that fit are called ok")
    for layer, report in zip(layers[:0:-1], reports):
        name = layer.get_name()
        below(misfit(layer, layers[0], truth("ref", name)), BOUND, f"{name} lies on the reference")
        group = report["group"]
        same((report["layer"], group["layers"], group["placed"], group["pairs"], group["loops"]), (name, 3, 3, 3, 1),
             f"{name}: the report tells of the three pairs and the way round")
        below(group["closure-median-px"], 0.3, f"{name}: the way round closes")
        same(report["registration"]["method"], "group", f"{name}: the report says how it was found")
        method = record(layer)["transform"]["steps"][-1]["provenance"]["method"]
        ok(method.startswith("group (3 layers, 2 of 3 pairs, closure 0."), f"{name}: the record too", method)
        ok("2 pairs of layers say so." in report["message"], f"{name}: and the message", report["message"])
    same(state(layers[0]), before[0], "the reference is not touched")
    same(call("reset", image, layers[1:])[1], [2], "both can be reset")
    same([state(layer) for layer in layers], before, "which brings back all of it")
    image.delete()


def test_left_out():
    image, layers = stack(["ref", "mov", "shifted"])
    blank = add_layer(image, np.full((480, 640, 3), 0.5, np.float32), "blank")
    before = state(blank)
    verdicts, reports = align(image, layers + [blank], **QUICK)
    same(verdicts, ["failed", "ok", "ok"], "a blank picture fails, the others fit")
    ok("could not be placed: it holds only one value" in reports[0]["message"], "the message says so", reports[0]["message"])
    same((state(blank), reports[0]["applied"], "transform" in reports[0]), (before, False, False), "it is left untouched")
    for layer in layers[1:]:
        below(misfit(layer, layers[0], truth("ref", layer.get_name())), BOUND, f"{layer.get_name()} is not bent by it")
    image.delete()


def test_turned():
    """What lies otherwise than the rest is looked for once more, by itself."""
    image, layers = stack(["ref", "mov", "shifted"])
    write(layers[2], np.ascontiguousarray(picture("shifted")[::-1, ::-1]))
    verdicts, reports = align(image, layers, **QUICK)
    same(verdicts, ["ok", "ok"], "a picture that stands on its head is found")
    true = np.array([[-1, 0, 640], [0, -1, 480], [0, 0, 1]]) @ truth("ref", "shifted")
    below(misfit(layers[2], layers[0], true), BOUND, "and lies right")
    image.delete()


def test_reference_by_pairs():
    image, layers = stack(["shifted", "mov", "ref"], lambda i: (5 * i, 3))
    verdicts, reports = align(image, layers, reference_by_pairs=True, result="pixels", **QUICK)
    names = {report["reference"] for report in reports}
    same((verdicts, len(names)), (["ok", "ok"], 1), "the pairs choose one reference")
    chosen = names.pop()
    same(sorted(report["layer"] for report in reports), sorted({"shifted", "mov", "ref"} - {chosen}), "the others are aligned")
    reference = image.get_layer_by_name(chosen)
    ok(record(reference) is None and warp_filter(reference) is None, "it stays as it is")
    same([report["result"] for report in reports], ["pixels"] * 2, "the others are drawn anew")
    a = seen(reference)
    for report in reports:
        b = seen(image.get_layer_by_name(report["layer"]))
        both = (a[..., 3] > 0.99) & (b[..., 3] > 0.99)
        ok(both.mean() > 0.3 and np.corrcoef(a[..., 1][both], b[..., 1][both])[0, 1] > 0.9,
           f"{report['layer']} looks like it", both.mean())
    image.delete()


def test_sequence_from_where_they_lie():
    """Frames far apart on the canvas, of which only what is selected is looked at."""
    image, layers = stack(["ref", "shifted", "mov"], lambda i: (250 * i, -170 * i))
    for layer, name in zip(layers[1:], ("shifted", "mov")):
        centre = apply(truth("ref", name), np.array([[320, 240]]))[0]
        layer.set_offsets(*(int(v) for v in np.round([320, 240] - centre + [9, -7])))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 60, 60, 480, 340)
    verdicts, reports = align(image, layers, compare="sequence", use_selection=True, **QUICK)
    same(verdicts, ["ok", "ok"], "frames fit, looked at within the selection")
    for layer in layers[1:]:
        below(misfit(layer, layers[0], truth("ref", layer.get_name())), 2 * BOUND, f"{layer.get_name()} lies right")
    ok(not Gimp.Selection.is_empty(image), "the selection is there again")
    image.delete()


def test_selection_restricts():
    """Half of each moving picture went one way, half another."""
    whole = picture("ref")
    image = new_image(width=640, height=480)
    layers = [add_layer(image, whole, "reference")]
    for k, (name, dx, dy) in enumerate((("one", 4, 6), ("two", -5, 3))):
        torn = np.roll(whole, (dy, dx), (0, 1))
        torn[:, 320:] = np.roll(whole, (-dy, 2 - dx), (0, 1))[:, 320:]
        layers.append(add_layer(image, torn, name))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 30, 30, 270, 420)
    verdicts, reports = align(image, layers, use_selection=True, **{**QUICK, "model": "translation"})
    ok("group" in reports[0], "three layers are compared together")
    for layer, expected in zip(layers[1:], ((4, 6), (-5, 3))):
        moved = image_map(layer)[:2, 2] / image_map(layer)[2, 2]
        below(float(np.hypot(*(moved - expected))), 0.3, f"{layer.get_name()} goes with its selected half")
    image.delete()


def test_refusals():
    image, layers = stack(["ref", "mov", "shifted"])
    refused("a word that is no way to compare is refused", *call("align-layers", image, layers, compare="both"), "compare")
    refused("a reference and a free choice of it contradict", *call("align-layers", image, layers, reference=layers[0],
                                                                   reference_by_pairs=True), "not both")
    refused("layers compared one by one can't choose", *call("align-layers", image, layers, compare="each",
                                                             reference_by_pairs=True), "together")
    refused("nor can a single one", *call("align-layers", image, layers[1:2], reference_by_pairs=True), "two layers")
    refused("what keeps its shape needs each by itself", *call("align-layers", image, layers, compare="together",
                                                               rigid_from_layer_masks=True), "alone")
    image.delete()


run_tests([test_together_by_default, test_left_out, test_turned, test_reference_by_pairs, test_sequence_from_where_they_lie,
           test_selection_restricts, test_refusals])
