# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's second process: opens what align.py saved and compares it with what align.py noted."""

import glob
import traceback

from harness import Gegl, Gimp, Gio, json, np, os, record, say
from note import canvas, note, same_canvas

OUT = os.environ["PENTIMENTO_DEMO"]


def check(path):
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    say(os.path.basename(path))
    with open(path.removesuffix("xcf") + "json") as file:
        noted = json.load(file)
    shown = np.load(path.removesuffix("xcf") + "npz")
    wrong = 0
    for name, before in noted.items():
        layer = image.get_layer_by_name(name)
        after = note(layer)
        changed = [what for what in before if after[what] != before[what]]
        if not same_canvas(canvas(layer), shown[name]):
            changed.append("canvas")
        wrong += bool(changed)
        kept = record(layer)
        steps = len(kept["transform"]["steps"]) if kept else 0
        say(f"  {name:34} " + ("CHANGED: " + ", ".join(changed) if changed else
            f"transform ({steps} step{'s' * (steps != 1)}), live filter, original pixels "
            f"{before['original pixels'][:8]}… and canvas are as saved"))
    image.delete()
    return wrong


def main():
    Gegl.init(None)
    wrong = sum(check(path) for path in sorted(glob.glob(f"{OUT}/*.xcf")))
    with open(f"{OUT}/state", "w") as file:
        file.write("wrong\n" if wrong else "done\n")


try:
    main()
except Exception:
    say(traceback.format_exc())
