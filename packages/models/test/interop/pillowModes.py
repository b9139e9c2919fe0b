"""Writes test/golden/pillow-modes: small pictures of every mode, and what Pillow makes of them before it converts to RGB.

pillowModes.py FOLDER     made with Pillow 12.3
"""
import json, math, os, random, struct, sys, zlib

import PIL
from PIL import Image

folder = sys.argv[1]
random.seed(5)
W, H = 37, 29


def smooth(x, y, c):
    return int(127 + 90 * math.sin(x / 4 + c) * math.cos(y / 5 - c) + random.randint(-30, 30)) & 255


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(name, colour, bits, samples, extra=b"", width=W):
    """samples(x, y) gives the numbers of a pixel."""
    rows = b""
    for y in range(H):
        row, word, filled = b"\0", 0, 0
        for x in range(width):
            for value in samples(x, y):
                if bits == 16:
                    row += struct.pack(">H", value)
                    continue
                word, filled = word << bits | value, filled + bits
                if filled == 8:
                    row, word, filled = row + bytes([word]), 0, 0
        rows += row + (bytes([word << 8 - filled]) if filled else b"")
    header = struct.pack(">IIBBBBB", width, H, bits, colour, 0, 0, 0)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def deep(x, y, c):
    return smooth(x, y, c) * 257 ^ 0x55


palette = bytes(random.randint(0, 255) for _ in range(48))
png("palette4.png", 3, 4, lambda x, y: [smooth(x, y, 0) % 16], chunk(b"PLTE", palette))
png("palette-transparent.png", 3, 4, lambda x, y: [smooth(x, y, 0) % 16], chunk(b"PLTE", palette) + chunk(b"tRNS", bytes(range(0, 160, 10))))
png("bilevel.png", 0, 1, lambda x, y: [smooth(x, y, 1) >> 7])
png("grey2.png", 0, 2, lambda x, y: [smooth(x, y, 1) >> 6])
png("grey4.png", 0, 4, lambda x, y: [smooth(x, y, 1) >> 4])
png("grey8-keyed.png", 0, 8, lambda x, y: [smooth(x, y, 1)], chunk(b"tRNS", struct.pack(">H", 100)))
png("grey16.png", 0, 16, lambda x, y: [deep(x, y, 1) % 700])
png("grey16-bright.png", 0, 16, lambda x, y: [deep(x, y, 1)])
png("rgb8-keyed.png", 2, 8, lambda x, y: [smooth(x, y, c) for c in range(3)], chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)))
png("rgb16.png", 2, 16, lambda x, y: [deep(x, y, c) for c in range(3)])
png("grey-alpha8.png", 4, 8, lambda x, y: [smooth(x, y, 1), smooth(x, y, 9)])
png("grey-alpha16.png", 4, 16, lambda x, y: [deep(x, y, 1), deep(x, y, 9)])
png("rgba8.png", 6, 8, lambda x, y: [smooth(x, y, c) for c in range(4)])
png("rgba16.png", 6, 16, lambda x, y: [deep(x, y, c) for c in range(4)])
Image.open(os.path.join(folder, "rgba8.png")).save(os.path.join(folder, "rgba.webp"), lossless=True, exact=True)

BOX = (3, 2, 33, 25)
cases = {}
for name in sorted(os.listdir(folder)):
    if name == "cases.json":
        continue
    picture = Image.open(os.path.join(folder, name))
    shrunk = picture.resize((13, 11), Image.BICUBIC)
    ways = {
        "whole": picture,
        "shrunk": shrunk,
        "grown": picture.resize((50, 41), Image.BILINEAR),
        "cropped": picture.crop(BOX).resize((12, 12), Image.BICUBIC),
        "padded": shrunk.crop((-2, -3, 14, 13)),
        "narrowed": picture.resize((5, H), Image.BOX),
    }
    cases[name] = {
        "mode": picture.mode,
        **{way: {"size": list(made.size), "rgb": made.convert("RGB").tobytes().hex()} for way, made in ways.items()},
    }
with open(os.path.join(folder, "cases.json"), "w") as out:
    json.dump({"pillow": PIL.__version__, "cases": cases}, out, indent=1)
    out.write("\n")
