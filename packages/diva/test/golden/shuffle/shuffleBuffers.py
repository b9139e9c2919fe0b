"""Writes shuffleBuffers.json: the orders in which the buffers of datasets and webdataset give the numbers 0 … count − 1.

shuffleBuffers.py FILE     needs datasets and webdataset; draws are made by a rule that tests repeat: draw n below bound is
                           (n · 7919 + n² · 31 + 17) mod bound
"""
import json, sys

import datasets, webdataset
from datasets.iterable_dataset import BufferShuffledExamplesIterable
from webdataset.filters import _shuffle


def drawn(n, bound):
    return (n * 7919 + n * n * 31 + 17) % bound


class Draws:
    """Stands in for Python's and NumPy's generators. Places in a full buffer are draws 0, 1, …; the order of the rest follows."""

    def __init__(self):
        self.taken = 0

    def randint(self, low, high):
        self.taken += 1
        return low + drawn(self.taken - 1, high - low + 1)

    def integers(self, low, high, size):
        # Places are asked for ahead, more than are used: each call begins where the last ended.
        self.taken += size
        return [low + drawn(n, high - low) for n in range(self.taken - size, self.taken)]

    def shuffle(self, rest):
        self.rest = len(rest)
        for last in range(len(rest) - 1, 0, -1):
            chosen = drawn(last, last + 1)
            rest[last], rest[chosen] = rest[chosen], rest[last]


class Numbers:
    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return ((i, i) for i in range(self.count))


cases = []
for count, size in [(0, 3), (1, 3), (10, 1), (10, 4), (10, 10), (10, 30), (2500, 400), (3100, 2000)]:
    order = [key for key, _ in BufferShuffledExamplesIterable(Numbers(count), size, Draws())]
    cases.append({"buffer": "datasets", "count": count, "size": size, "order": order})
for count, size, initial in [(0, 3, 1), (1, 3, 3), (10, 1, 1), (10, 4, 2), (11, 6, 9), (10, 30, 5), (2500, 1000, 100)]:
    order = list(_shuffle(iter(range(count)), size, initial, Draws()))
    cases.append({"buffer": "webdataset", "count": count, "size": size, "initial": initial, "order": order})
with open(sys.argv[1], "w") as out:
    versions = {"datasets": datasets.__version__, "webdataset": webdataset.__version__}
    json.dump({**versions, "cases": cases}, out)
    out.write("\n")
