# SPDX-License-Identifier: GPL-3.0-or-later
"""Alignment History without a window: the steps of a layer read, switched, removed, moved, recorded, refined again and copied.
The first tests change records made by hand, so that what must come out is known."""
from harness import *

CORNERS = np.array([[0, 0], [BENT_SIZE[0], 0], [BENT_SIZE[0], BENT_SIZE[1]], [0, BENT_SIZE[1]]], float)


def history(image, layer, actions="", **arguments):
    status, values = call("history", image, [layer], actions=actions, **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return json.loads(values[0])


def turn(angle, x=0.0, y=0.0):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1]])


# A move, a small turn, a move in the turned frame, and a scaling.
STEPS = [("placement", shift(15, -5)), ("registration", turn(0.05, 3, 2)), ("registration", shift(-4.5, 6.25)),
         ("manual", np.diag([1.5, 1.5, 1.0]))]


def layered(at=(30, 20), layer_at=(70, 45)):
    """An image with a reference and a layer whose record has STEPS, with the filter that follows from it."""
    image, reference, layer = pair(at=at, moving_at=layer_at)
    layer.add_alpha()
    transform = bend()
    transform["steps"] = [{"kind": "projective", "matrix": matrix_.tolist(),
                           "provenance": {"method": method, "model": "similarity", "reference": "reference", "verdict": "ok",
                                          "date": "2026-01-31T12:00:00Z", "error-median": 0.25}}
                          for method, matrix_ in STEPS]
    text = {"format": "pentimento-layer", "version": 1,
            "layer": {"offset": list(layer_at), "size": [layer.get_width(), layer.get_height()], "had-alpha": True},
            "reference": {"offset": list(at), "name": "reference", "tattoo": reference.get_tattoo()}, "sampler": "cubic",
            "transform": json.dumps(transform)}
    layer.attach_parasite(Gimp.Parasite.new(PARASITE, 3, json.dumps(text).encode() + b"\0"))
    call("rebuild", image, [layer])
    return image, reference, layer


def chained(which):
    """the steps by their numbers, in that order, multiplied"""
    total = np.eye(3)
    for i in which:
        total = STEPS[i][1] @ total
    return total


def shows(layer, which, name, at=(30, 20)):
    """The live filter draws the layer through just these steps, and the record says the same."""
    expected = apply(chained(which), CORNERS)
    found = apply(image_map(layer), CORNERS + at)
    below(float(np.abs(found - expected).max()), 1e-9, f"{name}: the filter")
    below(float(np.abs(apply(product(record(layer)["transform"]), CORNERS) - expected).max()), 1e-9, f"{name}: the record")


def test_read():
    image, reference, layer = layered()
    before = state(layer)
    found = history(image, layer)
    same(state(layer), before, "reading changes nothing")
    same(found["reference"], {"name": "reference", "tattoo": reference.get_tattoo(), "there": True}, "the reference")
    same([(s["step"], s["on"], s["method"], s["kind"]) for s in found["steps"]],
         [(i, True, STEPS[i][0], "projective") for i in range(4)], "the steps in their order")
    same((found["steps"][1]["model"], found["steps"][1]["verdict"], found["steps"][1]["error-median"],
          found["steps"][1]["date"]), ("similarity", "ok", 0.25, "2026-01-31T12:00:00Z"), "with their provenance")
    for i in range(4):
        given = apply(chained(range(i)), CORNERS)
        below(float(np.abs(np.array(found["steps"][i]["corners"]) - (apply(STEPS[i][1], given) - given)).max()), 1e-9,
              f"what step {i} moves at the corners")
    below(float(np.abs(product(found["transform"]) - chained(range(4))).max()), 1e-9, "and the whole")
    ok("moved-since" not in found and "read-only" not in found, "nothing was moved since", found)
    layer.set_lock_position(True)
    ok("locked" in history(image, layer)["read-only"], "the history of a locked layer can be read")
    refused("but not changed", *call("history", image, [layer], actions="off 0"), "locked")
    refused("a layer without alignment has none", *call("history", image, [reference]), "reference", "not aligned")
    refused("nor have two layers one", *call("history", image, [layer, reference]), "one aligned")
    image.delete()


def test_switch():
    image, reference, layer = layered()
    found = history(image, layer, "off 1")
    same([s["on"] for s in found["steps"]], [True, False, True, True], "one step is off")
    shows(layer, [0, 2, 3], "without the step")
    same((record(layer)["off"][0]["before"], len(record(layer)["off"])), (1, 1), "what is off is kept beside the chain")
    once = np.abs(seen(layer)).sum()
    history(image, layer, "off 3")
    shows(layer, [0, 2], "without another one")
    ok(np.abs(seen(layer)).sum() > 1.5 * once, "the layer is seen larger without the scaling, which makes it smaller")
    same([s["on"] for s in history(image, layer)["steps"]], [True, False, True, False], "both are remembered")
    found = history(image, layer, "on 3; on 1")
    shows(layer, [0, 1, 2, 3], "with all again")
    ok("off" not in record(layer), "and nothing is kept beside it", record(layer))
    same([s["on"] for s in found["steps"]], [True] * 4, "all are on")
    original = hashlib.sha256(stored(layer)).hexdigest()
    history(image, layer, "off 0; off 1; off 2; off 3")
    shows(layer, [], "with nothing on")
    same(hashlib.sha256(stored(layer)).hexdigest(), original, "the pixels stay what they are")
    image.delete()


def test_remove_and_move():
    image, reference, layer = layered()
    found = history(image, layer)
    ok("first" in found["steps"][0]["not-up"] and "not-down" not in found["steps"][0], "the first step can move down only",
       found["steps"][0])
    ok("turns or scales" in found["steps"][3]["not-up"], "a scaling cannot change places", found["steps"][3])
    ok("turns or scales" in found["steps"][2]["not-down"], "nor can what is beside it, which says why", found["steps"][2])
    before = state(layer)
    refused("so it is refused", *call("history", image, [layer], actions="up 3"), "turns or scales")
    refused("with what was before it", *call("history", image, [layer], actions="off 0; up 3"), "turns or scales")
    for wrong in ("off", "off 4", "off -1", "off 1 2", "of 1", "record-move 1", "off 0x1", "off 99999999999999999999"):
        refused(f"“{wrong}” is refused", *call("history", image, [layer], actions=wrong))
    same(state(layer), before, "and nothing has changed")
    history(image, layer, "up 1")
    shows(layer, [1, 0, 2, 3], "the turn first")
    history(image, layer, " down  0 ;; remove 3 ")
    shows(layer, [0, 1, 2], "as before, without the scaling")
    history(image, layer, "off 1; down 1; on 2; remove 1")
    shows(layer, [0, 1], "a step that is off moves too")
    image.delete()


def test_record_move():
    image, reference, layer = layered()
    refused("there is no move to record", *call("history", image, [layer], actions="record-move"), "not moved")
    layer.set_offsets(77, 41)
    reference.set_offsets(32, 20)
    same(history(image, layer)["moved-since"], [5.0, -4.0], "a move since then is told, the reference's taken off")
    image_before = image_map(layer)
    history(image, layer, "off 1")
    found = history(image, layer, "record-move")
    ok("moved-since" not in found, "it is recorded", found)
    same([(s["method"], s["on"]) for s in found["steps"]],
         [("placement", True), ("placement", True), ("registration", False), ("registration", True), ("manual", True)],
         "as the first step; what is off keeps its place")
    same(found["steps"][0]["corners"], [[-5.0, 4.0]] * 4, "the move, from the reference's side")
    ok(found["steps"][0]["date"][:2] == "20", "with its date", found["steps"][0])
    history(image, layer, "on 2")
    below(float(np.abs(apply(image_map(layer), CORNERS) - apply(image_before, CORNERS)).max()), 1e-9,
          "the layer stays where the hand has put it")
    history(image, layer, "off 0")
    shows(layer, [0, 1, 2, 3], "without the move it lies on the reference as before", (32, 20))
    image.remove_layer(reference)
    layer.set_offsets(80, 40)
    found = history(image, layer)
    same((found["reference"]["there"], found["moved-since"]), (False, [3.0, -1.0]), "also where the reference is gone")
    image_before = image_map(layer)
    history(image, layer, "record-move")
    below(float(np.abs(apply(image_map(layer), CORNERS) - apply(image_before, CORNERS)).max()), 1e-9, "it can be recorded")
    refused("but nothing can be refined", *call("history", image, [layer], actions="refit 2"), "no longer")
    image.delete()


def test_copy():
    image, reference, layer = layered()
    twin = add_layer(image, picture("mov") * 0.5, "twin", -15, 70)
    same(call("copy", image, [twin], source=layer, steps="0, 2")[1], [1], "two steps are copied")
    below(float(np.abs(apply(image_map(twin), CORNERS + (30, 20)) - apply(chained([0, 2]), CORNERS)).max()), 1e-9,
          "and only these")
    history(image, layer, "off 1")
    call("copy", image, [twin], source=layer)
    below(float(np.abs(apply(image_map(twin), CORNERS) - apply(image_map(layer), CORNERS)).max()), 1e-9,
          "all steps show the same")
    same([s["on"] for s in history(image, twin)["steps"]], [True, False, True, True], "what is off is copied as such")
    for wrong in ("4", "-1", "x"):
        refused(f"steps “{wrong}” are refused", *call("copy", image, [twin], source=layer, steps=wrong), "steps")
    image.delete()


def test_other_procedures():
    """What is off stays off when other procedures go on with the chain."""
    image, reference, layer = layered()
    history(image, layer, "off 2; off 3")
    layer.set_offsets(75, 45)
    points = "\n".join(f"{x},{y},{x * 1.02 + 3},{y * 0.99 - 2}" for x in (50, 500) for y in (40, 400))
    status, values = call("align-points", image, [layer], reference=reference, points=points, model="affine")
    same(status, Gimp.PDBStatusType.SUCCESS, "aligned by points")
    found = history(image, layer)["steps"]
    same([(s["method"], s["on"]) for s in found],
         [("placement", True), ("placement", True), ("registration", True), ("registration", False), ("manual", False),
          ("points", True)], "the move in front, the new step behind, what is off in between")
    expected = np.array([[1.02, 0, 3], [0, 0.99, -2], [0, 0, 1]])
    below(float(np.abs(apply(image_map(layer), CORNERS + (30, 20)) - apply(expected, CORNERS)).max()), 1e-6,
          "the layer lies where the points say")
    same(call("bake", image, [layer])[1], [1], "baked")
    found = history(image, layer)
    same(([s["on"] for s in found["steps"]], "pixels" in found["read-only"]), ([True] * 3 + [False] * 2 + [True], True),
         "its history can still be read")
    refused("but not changed", *call("history", image, [layer], actions="off 0"), "pixels")
    image.delete()


def test_damaged():
    image, reference, layer = layered()
    history(image, layer, "off 1")
    good = bytes(layer.get_parasite(PARASITE).get_data())
    for old, new in ((b'"before":1', b'"before":9'), (b'"before":1', b'"before":-1'), (b'"before":1', b'"before":"1"'),
                     (b'"off":[', b'"off":[7,'), (b'"off":[', b'"off":{},"of":[')):
        assert old in good
        layer.attach_parasite(Gimp.Parasite.new(PARASITE, 1, good.replace(old, new)))
        refused(f"a damaged record with {new} is told", *call("history", image, [layer]), "record")
    image.delete()


def test_refit():
    image, reference, layer = pair("ref", "shifted", at=(20, 10), moving_at=(33, 21))
    align(image, [layer], reference=reference, model="translation")
    layer.set_offsets(41, 18)
    align(image, [layer], reference=reference, model="translation")
    found = history(image, layer)["steps"]
    same([s["method"] for s in found], ["placement", "placement", "registration", "registration"],
         "two fits with a move in between")
    below(misfit(layer, reference, truth("ref", "shifted")), 0.3, "which fit")
    # the first fit is spoilt: a step that somebody moved is refined again
    history(image, layer, "off 2; off 3")
    ok(misfit(layer, reference, truth("ref", "shifted")) > 5, "without the fits it does not fit")
    history(image, layer, "on 3")
    found = history(image, layer, "refit 2")["steps"]
    same([(s["method"], s["on"]) for s in found], [("placement", True), ("placement", True), ("registration", True),
                                                   ("registration", True)], "refined again, the step stands last")
    same(found[-1]["verdict"], "ok", "with its verdict")
    ok(found[-1]["date"] >= found[-2]["date"], "and its date", found)
    below(misfit(layer, reference, truth("ref", "shifted")), 0.3, "it fits")
    before = state(layer)
    write(layer, np.full((480, 640, 3), 0.5, np.float32))
    status, values = call("history", image, [layer], actions="refit 2")
    ok(status != Gimp.PDBStatusType.SUCCESS, "on an empty picture nothing is found", values)
    same(state(layer)[5:], before[5:], "and the steps stay")
    same(len(history(image, layer)["steps"]), 4, "all of them")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])
