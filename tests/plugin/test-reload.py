# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that test-chain.py saved, in another process."""
from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]


def load():
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(FOLDER + "/saved.xcf"))
    with open(FOLDER + "/saved.json") as note:
        return image, image.get_layer_by_name("moving"), image.get_layer_by_name("reference"), json.load(note)


def test_reload():
    image, layer, reference, note = load()
    same(record(layer), note["record"], "the record is there")
    same(warp_filter(layer).get_config().get_property("transform"), note["filter"], "and the filter, to the byte")
    difference = np.abs(seen(layer) - np.load(FOLDER + "/saved.npy"))
    # A 16-bit step: babl measures which way of converting a format is fastest, and each process may choose its own.
    below(float(difference.max()), 1.01 / 65535, "the canvas looks the same")
    verdicts, _ = align(image, [layer], reference=reference)
    same(verdicts, ["ok"], "it can be aligned again")
    same(len(record(layer)["transform"]["steps"]), len(note["record"]["transform"]["steps"]) + 1,
         "with one step more")
    call("reset", image, [layer])
    same(json.loads(json.dumps(state(layer))), note["before"], "Reset brings the original back to the byte")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])
