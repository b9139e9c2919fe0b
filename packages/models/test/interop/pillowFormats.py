"""Writes test/golden/pillow-formats: small TIFF, GIF, WebP, PNG, JPEG and AVIF files, and what Pillow makes of them.

pillowFormats.py FOLDER     made with Pillow 12.3 and NumPy
"""
import hashlib, json, os, struct, sys

import numpy as np
import PIL
from PIL import Image

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(5)
W, H = 37, 29
Y, X = np.mgrid[0:H, 0:W]


def level(c, noise=30):
    wave = 127 + 90 * np.sin(X / 4 + c) * np.cos(Y / 5 - c) + rng.integers(-noise, noise + 1, (H, W))
    return (np.rint(wave).astype(int) & 255).astype(np.uint8)


def deep(levels):
    return levels.astype(np.uint16) * 257 ^ 0x55


def stacked(count, noise=30):
    return np.stack([level(c, noise) for c in range(count)], 2)


grey, rgb, rgba = level(1), stacked(3), stacked(4)
picture = Image.fromarray


def path(name):
    return os.path.join(folder, name)


def save(name, image, **options):
    image.save(path(name), **options)


FORMS = {"H": 3, "L": 4}


def tiff(name, pixels, bits, colour, samples=1, width=W, more={}, order="<"):
    """A TIFF of one strip, not compressed, for what Pillow does not write."""
    tags = {
        256: ("H", [width]), 257: ("H", [H]), 258: ("H", [bits] * samples), 259: ("H", [1]), 262: ("H", [colour]),
        273: ("L", [0]), 277: ("H", [samples]), 278: ("H", [H]), 279: ("L", [len(pixels)]), **more,
    }
    packed = {tag: struct.pack(order + form * len(values), *values) for tag, (form, values) in sorted(tags.items())}
    begin = 8 + 2 + 12 * len(tags) + 4
    outside = b"".join(content for content in packed.values() if len(content) > 4)
    packed[273] = struct.pack(order + "L", begin + len(outside))
    entries, at = b"", begin
    for tag, content in packed.items():
        form, values = tags[tag]
        entries += struct.pack(order + "HHL", tag, FORMS[form], len(values))
        if len(content) > 4:
            entries, at = entries + struct.pack(order + "L", at), at + len(content)
        else:
            entries += content.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "LH", 8, len(tags))
    with open(path(name), "wb") as out:
        out.write(head + entries + b"\0" * 4 + outside + pixels)


def lzw(places):
    """Codes of five bits for sixteen colours; the table is cleared before codes would grow."""
    codes = [code for i in range(0, len(places), 14) for code in [16, *places[i : i + 14]]] + [17]
    bits = sum(int(code) << 5 * i for i, code in enumerate(codes))
    content = bits.to_bytes((5 * len(codes) + 7) // 8, "little")
    blocks = [content[i : i + 255] for i in range(0, len(content), 255)]
    return b"\x04" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def gif(name, frames, shared=b"", own=b""):
    """frames: (left, top, places, transparent place or None)."""
    with open(path(name), "wb") as out:
        out.write(b"GIF89a" + struct.pack("<HHBBB", W, H, 0xF3 if shared else 0x70, 5, 0) + shared)
        for left, top, places, transparent in frames:
            if transparent is not None:
                out.write(b"!\xf9\x04" + struct.pack("<BHB", 5, 0, transparent) + b"\0")
            height, width = places.shape
            out.write(b"," + struct.pack("<HHHHB", left, top, width, height, 0x83 if own else 0) + own)
            out.write(lzw(places.reshape(-1).tolist()))
        out.write(b";")


bilevel = picture(grey).convert("1")
save("bilevel-group4.tiff", bilevel, compression="group4")
packed = np.packbits((grey > 127).astype(np.uint8), axis=1).tobytes()
tiff("bilevel-white-is-zero.tiff", packed, 1, 0)
save("grey-lzw.tiff", picture(grey), compression="tiff_lzw")
tiff("grey-white-is-zero.tiff", grey.tobytes(), 8, 0)
halves = np.pad(grey >> 4, ((0, 0), (0, 1)))
nibbles = (halves[:, 0::2] << 4 | halves[:, 1::2]).astype(np.uint8).tobytes()
tiff("grey4.tiff", nibbles, 4, 1)
tiff("palette4.tiff", nibbles, 4, 3, more={320: ("H", [int(v) for v in rng.integers(0, 65536, 48)])})
save("palette.tiff", picture(rgb).quantize(20))
save("grey-alpha.tiff", Image.merge("LA", [picture(grey), picture(level(9))]))
save("rgb-deflate.tiff", picture(rgb), compression="tiff_adobe_deflate")
save("rgb-jpeg.tiff", picture(rgb), compression="jpeg", quality=95)
save("rgb-pages.tiff", picture(rgb), save_all=True, append_images=[picture(255 - rgb)])
for turn in range(2, 9):
    save(f"turned{turn}.tiff", picture(rgb), tiffinfo={274: turn}, compression="tiff_adobe_deflate")
save("rgba.tiff", picture(rgba))
tiff("rgb-unused.tiff", rgba.tobytes(), 8, 2, 4, more={338: ("H", [0])})
save("cmyk.tiff", picture(rgb).convert("CMYK"), compression="tiff_lzw")
tiff("cmyk16.tiff", deep(rgba).astype("<u2").tobytes(), 16, 5, 4)
tiff("grey16-dark.tiff", (deep(grey) % 700).astype("<u2").tobytes(), 16, 1)
tiff("grey16-big-endian.tiff", deep(grey).astype(">u2").tobytes(), 16, 1, order=">")
tiff("grey16-white-is-zero.tiff", (65535 - deep(grey) % 700).astype("<u2").tobytes(), 16, 0)
tiff("rgb16-big-endian.tiff", deep(rgb).astype(">u2").tobytes(), 16, 2, 3, order=">")
tiff("rgba16.tiff", deep(rgba).astype("<u2").tobytes(), 16, 2, 4, more={338: ("H", [2])})

places = grey >> 4
shared, own = rng.bytes(48), rng.bytes(48)
ramp = bytes(v for i in range(16) for v in (i, i, i))
gif("plain.gif", [(0, 0, places, None)], shared)
gif("own-colours.gif", [(0, 0, places, 2)], shared, own)
gif("part.gif", [(3, 4, places[:20, :25], None)], shared)
gif("part-transparent.gif", [(3, 4, places[:20, :25], 7)], shared)
gif("ramp.gif", [(0, 0, places, 3)], ramp)
gif("moving.gif", [(0, 0, places, 2), (2, 2, places[:9, :9], 1)], shared)
save("interlaced.gif", picture(rgb).quantize(64), interlace=1)

save("lossy.webp", picture(rgb), quality=80)
save("moving-rgba.webp", picture(rgba), save_all=True, append_images=[picture(255 - rgba)], lossless=True, exact=True)
save("moving.png", picture(rgb), save_all=True, append_images=[picture(255 - rgb)])
save("moving-default.png", picture(rgb), save_all=True, append_images=[picture(255 - rgb)], default_image=True)
turned = Image.Exif()
turned[274] = 6
save("turned.jpg", picture(rgb), exif=turned, quality=95)
save("cmyk.jpg", picture(rgb).convert("CMYK"), quality=95)
save("grey-progressive.jpg", picture(grey), quality=95, progressive=True)

smooth = stacked(4, 0)
save("full-colour.avif", picture(rgb), quality=100, subsampling="4:4:4")
save("half-colour.avif", picture(smooth[:, :, :3].copy()), quality=90, subsampling="4:2:0")
save("grey.avif", picture(grey), quality=90, subsampling="4:0:0")
save("rgba.avif", picture(rgba), quality=100, subsampling="4:4:4")
moving = [picture(rgb), picture(255 - rgb)]
save("moving.avif", moving[0], save_all=True, append_images=moving[1:], quality=100, subsampling="4:4:4")


def described(made, is_exact):
    pixels = made.convert("RGB").tobytes()
    return {"size": list(made.size), "rgb": hashlib.sha256(pixels).hexdigest() if is_exact else pixels.hex()}


cases = {}
for name in sorted(os.listdir(folder)):
    if name == "cases.json":
        continue
    source = Image.open(path(name))
    source.load()
    if name.endswith(".avif"):
        cases[name] = {"mode": source.mode, "whole": described(source, False)}
        continue
    if source.mode == "I;16B":
        # Pillow's resize takes the bytes of this mode for those of the other order.
        cases[name] = {"mode": source.mode, "whole": described(source, True)}
        continue
    ways = {
        "whole": source,
        "shrunk": source.resize((13, 11), Image.BICUBIC),
        "grown": source.resize((50, 41), Image.BILINEAR),
        "cropped": source.crop((3, 2, 27, 25)).resize((12, 12), Image.BICUBIC),
        "padded": source.crop((-2, -3, 14, 13)),
    }
    cases[name] = {"mode": source.mode, **{way: described(made, True) for way, made in ways.items()}}
with open(path("cases.json"), "w") as out:
    json.dump({"pillow": PIL.__version__, "cases": cases}, out, indent=1)
    out.write("\n")
