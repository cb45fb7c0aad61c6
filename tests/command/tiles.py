# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles of a made-up scene, and an overview of it, for tests of mosaics."""
from support import *

SIZE, STEP, COARSER = 180, 120, 2
QUICK = ('--preparation', 'none', '--model', 'similarity')


class Rich:
    """Several scenes in one: small parts of it are enough to know them."""

    def __init__(self, seed):
        self.scenes = [Scene(seed + 1000 * k, extent=320, blobs=300) for k in range(4)]

    def at(self, x, y):
        return min(max(128 + 0.6 * sum(s.at(x, y) - 128 for s in self.scenes), 0), 255)


def corner(i):
    return 8 + STEP * (i % 2) + 2 * i, 6 + STEP * (i // 2) - i


def tiles(n=4, gain=lambda i: 1, seed=31, folder=''):
    """Tiles t1-1.png … of one scene, in two columns."""
    scene = Rich(seed)
    for i in range(n):
        x0, y0 = corner(i)
        png(f'{folder}t{i // 2 + 1}-{i % 2 + 1}.png', SIZE, SIZE, 1, lambda x, y: (int(gain(i) * scene.at(x + x0 + .5, y + y0 + .5) + .5),))
    return [f'{folder}t{i // 2 + 1}-{i % 2 + 1}.png' for i in range(n)]


def overview(seed=31):
    scene, side = Rich(seed), (STEP + SIZE + 20) // COARSER
    at = [(k + .5) / 2 for k in range(2)]
    png('whole.png', side, side, 1, lambda x, y: (int(sum(scene.at((x + u) * COARSER, (y + v) * COARSER) for u in at for v in at) / 4 + .5),))
    return 'whole.png', side
