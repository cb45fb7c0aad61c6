# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of stacks share: TIFF files of any bands and pages, and the calls."""
import struct

from harness import *

FOLDER = os.environ["PENTIMENTO_TEST_DIR"]
QUICK = {"model": "homography"}


def write_tiff(name, pages, tags=()):
    """pages: arrays height × width × bands of uint8, uint16 or float32, uncompressed; tags: (number, type, bytes) for all pages"""
    path = f"{FOLDER}/{name}"
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for page in pages:
        height, width, bands = page.shape
        data_at = len(out)
        out += np.ascontiguousarray(page).tobytes()
        out += b"\0" * (len(out) % 2)
        sample = 3 if page.dtype == np.float32 else 1
        photometric, extra = (2, bands - 3) if bands == 3 else (1, bands - 1)
        entries = {256: (4, struct.pack("<I", width)), 257: (4, struct.pack("<I", height)),
                   258: (3, struct.pack("<H", 8 * page.dtype.itemsize) * bands), 259: (3, struct.pack("<H", 1)),
                   262: (3, struct.pack("<H", photometric)), 273: (4, struct.pack("<I", data_at)),
                   277: (3, struct.pack("<H", bands)), 278: (4, struct.pack("<I", height)),
                   279: (4, struct.pack("<I", page.nbytes)), 339: (3, struct.pack("<H", sample) * bands)}
        if extra:
            entries[338] = (3, struct.pack("<H", 0) * extra)
        for number, kind, data in tags:
            entries[number] = (kind, data)
        fields = []
        for number in sorted(entries):
            kind, data = entries[number]
            n = len(data) // {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind]
            if len(data) > 4:
                at = len(out)
                out += data + b"\0" * (len(data) % 2)
                data = struct.pack("<I", at)
            fields.append(struct.pack("<HHI", number, kind, n) + data.ljust(4, b"\0"))
        struct.pack_into("<I", out, link, len(out))
        out += struct.pack("<H", len(fields)) + b"".join(fields)
        link = len(out)
        out += b"\0\0\0\0"
    with open(path, "wb") as file:
        file.write(out)
    return path


def grey(name, kind=np.uint16):
    """a picture of the phantom, one band"""
    return np.round(picture(name)[..., 1:2] * np.iinfo(kind).max).astype(kind)


def open_stack(files, **arguments):
    """(status, values) of Open as Aligned Stack without a window"""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-open-stack")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("files", files)
    for name, value in arguments.items():
        config.set_property(name.replace("_", "-"), value)
    result = procedure.run(config)
    return result.index(0), [result.index(i) for i in range(1, result.length())]


def parasite(item, name):
    found = item.get_parasite(name)
    return None if found is None else bytes(found.get_data()).rstrip(b"\0").decode()
