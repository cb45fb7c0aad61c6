# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a GIMP with a display; drive-history presses the keys."""
import time

from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]
WRONG = shift(9, -6)      # by which the first fit missed


def interactively(image, layer):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-history")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer])
    result = procedure.run(config)
    return result.index(0), json.loads(result.index(1) or "null") if result.length() > 1 else None


def mark(name):
    open(f"{FOLDER}/{name}", "w").close()


def record_of(reference, layer):
    """A placement, an uncertain fit that missed, and one that corrects it, exactly."""
    fits = [("placement", "translation", None, None, shift(-10, 4)),
            ("registration", "homography", "uncertain", 1.9, truth("ref", "ir") @ WRONG @ shift(10, -4)),
            ("registration", "similarity", "ok", 0.21, truth("ref", "ir") @ np.linalg.inv(truth("ref", "ir") @ WRONG))]
    steps = []
    for i, (method, model, verdict, error, matrix_) in enumerate(fits):
        provenance = {"method": method, "model": model, "reference": "Visible light", "date": f"2026-01-{17 + i}T09:3{i}:00Z"}
        provenance.update({"verdict": verdict, "error-median": error} if verdict else {})
        steps.append({"kind": "projective", "matrix": matrix_.tolist(), "provenance": provenance})
    transform = {**bend(), "moving": {"width": 640, "height": 480}, "steps": steps}
    return {"format": "pentimento-layer", "version": 1,
            "layer": {"offset": list(offsets(layer)), "size": [640, 480], "had-alpha": True},
            "reference": {"offset": list(offsets(reference)), "name": "Visible light", "tattoo": reference.get_tattoo()},
            "sampler": "cubic", "transform": json.dumps(transform)}


def test_window():
    image = new_image(width=640, height=480)
    reference = add_layer(image, picture("ref"), "Visible light")
    twin = add_layer(image, picture("ir") * 0.7, "Infrared, darker")
    layer = add_layer(image, picture("ir"), "Infrared", alpha=True)
    text = json.dumps(record_of(reference, layer)).encode()
    layer.attach_parasite(Gimp.Parasite.new(PARASITE, 3, text + b"\0"))
    call("rebuild", image, [layer])
    layer.set_offsets(6, -4)
    image.undo_disable()
    image.undo_enable()
    image.clean_all()
    Gimp.Display.new(image)
    image.set_selected_layers([layer])
    before = [state(each) for each in (layer, twin, reference)]

    same(interactively(image, layer)[0], Gimp.PDBStatusType.CANCEL, "Escape leaves the window")
    ok(not image.is_dirty() and [state(each) for each in (layer, twin, reference)] == before, "and nothing has changed")
    mark("left")

    status, found = interactively(image, layer)
    same(status, Gimp.PDBStatusType.SUCCESS, "Apply applies")
    same([(s["method"], s["on"]) for s in found["steps"]],
         [("placement", True), ("placement", True), ("registration", True), ("registration", False)],
         "the move is recorded, the last fit is off")
    points = np.array([[x, y] for x in (0.0, 640) for y in (0.0, 480)])
    expected = truth("ref", "ir") @ WRONG @ shift(-6, 4)
    below(float(np.abs(apply(image_map(layer), points) - apply(expected, points)).max()), 1e-9, "the filter shows that")
    below(float(np.abs(apply(image_map(twin), points) - apply(expected, points)).max()), 1e-9, "and the twin's too")
    mark("applied")
    while not os.path.exists(FOLDER + "/undone"):
        time.sleep(0.2)
    same([state(each) for each in (layer, twin, reference)], before, "one Ctrl+Z takes all of it back")
    ok(not image.is_dirty(), "and the image counts as unchanged")


run_tests([test_window])
