"""Scores of a small CLIP on three small data sets in CLIP_benchmark's manner, by NumPy and Pillow.

Pictures and weights are those of packages/cli/test/golden/09_mmvp. Two classes have one name and some captions are equal, so
that scores are tied; a class has no picture. Everything is computed in float64.

python3 benchmark.py     made with NumPy 2.4.6, Pillow 12.3, open_clip 3.3 for its tokenizer, seed 5
"""
import csv
import gzip
import importlib.util
import json
import pathlib
import tempfile

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

here = pathlib.Path(__file__).parent
case = here.parents[3] / "cli/test/golden/09_mmvp"
rng = np.random.default_rng(5)

with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
    file.write(gzip.decompress((case / "weights_clip.safetensors.gz").read_bytes()))
    file.flush()
    weights = {name: array.astype(np.float64) for name, array in load_file(file.name).items()}


def norm(x, name):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def linear(x, name, weight="weight", bias="bias"):
    return x @ weights[f"{name}{weight}"].T + weights[f"{name}{bias}"]


def attend(x, name, mask):
    """One head of the whole width: both towers have heads of 64."""
    q, k, v = np.split(linear(x, f"{name}.", "in_proj_weight", "in_proj_bias"), 3, -1)
    logits = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]) + mask
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return linear(e / e.sum(-1, keepdims=True) @ v, f"{name}.out_proj.")


def blocks(x, name, depth, mask=0.0):
    for i in range(depth):
        block = f"{name}.resblocks.{i}"
        x = x + attend(norm(x, f"{block}.ln_1"), f"{block}.attn", mask)
        hidden = linear(norm(x, f"{block}.ln_2"), f"{block}.mlp.c_fc.")
        x = x + linear(hidden / (1 + np.exp(-1.702 * hidden)), f"{block}.mlp.c_proj.")
    return x


def encode_images(pixels, patch=14):
    n, c, h, w = pixels.shape
    cut = pixels.reshape(n, c, h // patch, patch, w // patch, patch).transpose(0, 2, 4, 1, 3, 5).reshape(n, -1, c * patch**2)
    tokens = cut @ weights["visual.conv1.weight"].reshape(64, -1).T
    first = np.broadcast_to(weights["visual.class_embedding"], (n, 1, 64))
    x = np.concatenate([first, tokens], 1) + weights["visual.positional_embedding"]
    x = blocks(norm(x, "visual.ln_pre"), "visual.transformer", 2)
    return norm(x[:, 0], "visual.ln_post") @ weights["visual.proj"]


def encode_texts(ids):
    x = weights["token_embedding.weight"][ids] + weights["positional_embedding"]
    x = norm(blocks(x, "transformer", 1, np.triu(np.full((77, 77), -np.inf), 1)), "ln_final")
    return x[np.arange(len(ids)), ids.argmax(-1)] @ weights["text_projection"]


# The tokenizer's file alone: its package would load torchvision, which is not needed here.
spec = importlib.util.spec_from_file_location("tokenizer", importlib.util.find_spec("open_clip").submodule_search_locations[0] + "/tokenizer.py")
tokenizer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tokenizer)

mean, std = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])


def prepare(file, size=56):
    image = Image.open(file)
    w, h = image.size
    short = min(w, h)
    image = image.resize((size * w // short, size * h // short), Image.BICUBIC)
    left, top = round((image.width - size) / 2), round((image.height - size) / 2)
    pixels = np.asarray(image.crop((left, top, left + size, top + size)).convert("RGB")) / 255
    return ((pixels - mean) / std).transpose(2, 0, 1)


files = sorted((case / "MMVP_VLM").rglob("*.jpg"), key=lambda path: int(path.stem))
statements = [row[2] for row in list(csv.reader(open(case / "MMVP_VLM/Questions.csv")))[1:]]


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def describe(texts):
    return unit(encode_texts(tokenizer.tokenize(texts).numpy()))


images = unit(encode_images(np.stack([prepare(file) for file in files])))


def classes(names, templates):
    return unit(np.stack([describe([t.format(c=name) for t in templates]).mean(0) for name in names]))


def order(scores):
    return np.argsort(-scores, axis=1, kind="stable")


def hits(scores, right, k):
    return float(np.take_along_axis(right, order(scores)[:, :k], 1).any(1).mean())


def mean_recall(scores, labels):
    predicted = scores.argmax(1)
    return float(np.mean([np.mean(predicted[labels == c] == c) for c in np.unique(labels)]))


def mean_ap(scores, targets):
    every = []
    for c in range(scores.shape[1]):
        ranked = targets[np.argsort(-scores[:, c], kind="stable"), c]
        precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
        every.append(precision[ranked > 0].sum() / max(ranked.sum(), 1))
    return float(np.mean(every))


def smallest_gap(scores):
    """Smallest difference of two scores of a row that are not equal: f32 must not turn them around."""
    gaps = np.diff(np.sort(scores, axis=1), axis=1)
    return float(gaps[gaps > 1e-12].min())


n = len(files)
names = ["horse", "arrow", "cup", "cup", "cake", "door", "street", "bus"]
templates = ["a photo of a {c}", "a sign that says {c}", "a {c} seen from above"]
labels = rng.integers(0, 7, n)  # no picture of the last class
single = (images @ classes(names, templates).T)

several = ["red", "blue", "round", "square", "large"]
targets = (rng.random((n, 5)) < 0.35).astype(int)
targets[:, 3] = 0  # a class without pictures
multi = (images @ classes(several, templates[:2]).T)

captions = [[statements[i], f"a photo of {statements[(i + 7) % n]}"] for i in range(n)]
captions[5] = captions[4]  # equal captions of different pictures
image_of = np.repeat(np.arange(n), 2)
similar = (describe([c for cs in captions for c in cs]) @ images.T)
pairs = np.zeros_like(similar, bool)
pairs[np.arange(len(image_of)), image_of] = True
one_hot = np.eye(len(names), dtype=bool)[labels]

out = {
    "single": {
        "classnames": names,
        "templates": templates,
        "labels": labels.tolist(),
        "scores": {
            "acc1": hits(single, one_hot, 1),
            "acc5": hits(single, one_hot, 5),
            "mean_per_class_recall": mean_recall(single, labels),
        },
    },
    "multilabel": {
        "classnames": several,
        "templates": templates[:2],
        "targets": targets.tolist(),
        "scores": {"mean_average_precision": mean_ap(multi, targets)},
    },
    "retrieval": {
        "captions": captions,
        "scores": {
            **{f"image_retrieval_recall@{k}": hits(similar, pairs, k) for k in (1, 5, 10)},
            **{f"text_retrieval_recall@{k}": hits(similar.T, pairs.T, k) for k in (1, 5, 10)},
        },
    },
    "gaps": [smallest_gap(table) for table in (single, multi.T, similar, similar.T)],
    "images": images[0].tolist(),
}
(here / "benchmark.json").write_text(json.dumps(out) + "\n")
print({k: v.get("scores") for k, v in out.items() if isinstance(v, dict)}, out["gaps"])
