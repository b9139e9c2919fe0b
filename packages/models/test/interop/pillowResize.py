"""Writes test/golden/pillow/cases.json: SHA-256 of what Pillow makes of a stored picture by every filter, enlarging and shrinking.

pillowResize.py PICTURE FILE     needs Pillow (Debian: python3-pil); a box, where given, is cut out first as transforms do
"""
import hashlib, json, os, sys

import PIL
from PIL import Image

FILTERS = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR, "box": Image.BOX}
SIZES = [(224, 224), (64, 91), (17, 400), (500, 33), (600, 822), (1, 1), (300, 411), (301, 410), (3, 1000)]
BOXES = [None, (37, 11, 237, 300)]

if __name__ == "__main__":
    picture = Image.open(sys.argv[1]).convert("RGB")
    cases = []
    for box in BOXES:
        source = picture if box is None else picture.crop(box)
        for name, kind in FILTERS.items():
            for size in SIZES:
                sha256 = hashlib.sha256(source.resize(size, kind).tobytes()).hexdigest()
                cases.append({"filter": name, "box": box, "size": size, "sha256": sha256})
    with open(sys.argv[2], "w") as out:
        json.dump({"pillow": PIL.__version__, "picture": os.path.basename(sys.argv[1]), "cases": cases}, out)
        out.write("\n")
