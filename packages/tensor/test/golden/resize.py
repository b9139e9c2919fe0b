"""Resized images by PyTorch's interpolate, in f64. Writes resize.json beside this file: python3 packages/tensor/test/golden/resize.py"""

import json
import pathlib

import torch
import torch.nn.functional as F

IMAGE = torch.tensor([(i + 1) * (i + 1) % 23 for i in range(35)], dtype=torch.float64).reshape(1, 1, 5, 7)
CHOICES = [
    {"mode": "nearest"},
    {"mode": "area"},
    *({"mode": mode, **extra} for mode in ("bilinear", "bicubic") for extra in ({}, {"alignCorners": True}, {"antialias": True})),
]


def resized(size, choice):
    options = {"mode": choice["mode"]}
    if choice["mode"] in ("bilinear", "bicubic"):
        options |= {"align_corners": choice.get("alignCorners", False), "antialias": choice.get("antialias", False)}
    values = F.interpolate(IMAGE, size=size, **options).flatten().tolist()
    return {"size": size, "options": choice, "values": [round(value, 9) for value in values]}


cases = [resized(size, choice) for size in ([3, 4], [8, 9], [1, 1], [5, 3]) for choice in CHOICES]
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
