# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a GIMP with a display; drive-preview presses the keys and looks at the screen."""
from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]
GROWTH = 4                            # of the picture, so that an overview can't show its pixels
STRIPES = (240, 160)                  # px, in the middle: every other column is white


def striped():
    pixels = np.kron(picture("ref"), np.ones((GROWTH, GROWTH, 1), np.float32))
    pixels += np.random.default_rng(1).normal(0, 0.02, pixels.shape).astype(np.float32)
    height, width = pixels.shape[:2]
    x, y = (width - STRIPES[0]) // 2, (height - STRIPES[1]) // 2
    pixels[y:y + STRIPES[1], x:x + STRIPES[0]] = (np.arange(STRIPES[0]) % 2)[None, :, None]
    return np.clip(pixels, 0, 1)


def looks():
    """what drive-preview saw: name → width of a stripe, length, left, top"""
    lines = [line.split() for line in open(FOLDER + "/screen.txt")]
    return {name: tuple(map(int, numbers)) for name, *numbers in lines}


def test_preview():
    pixels = striped()
    image = new_image(width=pixels.shape[1], height=pixels.shape[0])
    reference = add_layer(image, pixels, "reference")
    layer = add_layer(image, pixels, "layer", 40, 24)
    Gimp.Display.new(image)
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-align-layers")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer, reference])
    same(procedure.run(config).index(0), Gimp.PDBStatusType.CANCEL, "the preview can be left")

    seen = looks()
    same((seen["fit"][0], seen["all"][0]), (0, 0), "all of the picture, at a quarter of its size, blends its stripes")
    one = seen["pixels"]
    ok(one[0] == 1 and abs(one[1] - STRIPES[0]) <= 2, "the key 1 shows the picture's own pixels, one by one", one)
    arrow = seen["arrow"]
    ok(arrow[0] == 1 and 40 <= one[2] - arrow[2] <= 200 and arrow[3] == one[3],
       "the arrow to the right goes to the right", (one, arrow))
    keys = seen["keys"]
    ok(keys[0] == 2 and keys[1] > STRIPES[0], "+ enlarges: pixels are 2 × 2", keys)
    same(seen["again"], one, "0 and 1 lead back to where the middle is in the middle")
    dragged = seen["dragged"]
    same((dragged[2] - one[2], dragged[3] - one[3]), (60, 40), "the picture follows the mouse")
    # the pointer is 10 px right of the stripes' left end and 60 below their top
    wheel = seen["wheel"]
    ok(wheel[0] == 2 and abs(wheel[2] - (dragged[2] - 10)) <= 2 and abs(wheel[3] - (dragged[3] - 60)) <= 2,
       "the wheel zooms about the pointer", (dragged, wheel))
    ok(seen["layer"][0] == 1 and abs(seen["layer"][1] - STRIPES[0]) <= 2,
       "the layer's own pixels are shown where they will lie", seen["layer"])
    curtain, pulled = seen["curtain"], seen["pulled"]
    ok(curtain[0] == 1 and STRIPES[0] / 2 < curtain[1] < STRIPES[0] - 20,
       "a click on the whole picture puts the curtain there", curtain)
    same((pulled[1] - curtain[1], pulled[2] - curtain[2]), (60, -60), "near its line the mouse pulls the curtain")


run_tests([test_preview])
open(FOLDER + "/ended", "w").close()
