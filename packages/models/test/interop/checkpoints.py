"""What PyTorch writes and reads, for the tests of the weight formats.

make DIR    writes checkpoints of every kind into DIR, and expected.json: per file, per tensor, dtype, shape, SHA-256.
show FILE   loads FILE and prints the same of its tensors as JSON. A .safetensors file is read by the format's own rule,
            its tensors by torch.frombuffer, so that no other package is needed.
"""
import ctypes
import hashlib
import json
import os
import struct
import sys
from collections import OrderedDict

import torch

NAMES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}
DTYPES = {name: dtype for dtype, name in NAMES.items()}


def raw(tensor):
    flat = tensor.detach().contiguous()
    return ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size()) if flat.numel() > 0 else b""


def described(state):
    return {
        name: {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "sha256": hashlib.sha256(raw(tensor)).hexdigest()}
        for name, tensor in state.items()
    }


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = torch.nn.LayerNorm(6)
        self.mlp = torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.GELU(), torch.nn.Linear(12, 6))
        self.register_buffer("table", torch.arange(5))
        self.register_buffer("scratch", torch.zeros(3), persistent=False)

    def forward(self, x):
        return x + self.mlp(self.norm(x))


def make(folder):
    torch.manual_seed(3)
    model = Block()
    state = model.state_dict()
    base = torch.randn(7, 5, 3)
    views = {
        "base": base, "permuted": base.permute(2, 0, 1), "sliced": base[1:6:2, :, 1], "row": base[3, 2], "expanded": torch.randn(1, 4).expand(3, 4),
        "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "one": torch.randn(4, 1, 2).transpose(0, 1),
    }
    every = {name: (torch.randn(3, 2) * 9).to(dtype) for dtype, name in NAMES.items()}
    training = {"epoch": 3, "state_dict": {"module." + k: v for k, v in state.items()}, "optimizer": torch.optim.AdamW(model.parameters()).state_dict(), "scaler": None}
    script = torch.jit.trace(model, torch.randn(2, 6))
    files = {}

    def save(name, value, want, **options):
        torch.save(value, os.path.join(folder, name), **options)
        files[name] = described(want)

    for suffix, options in (("zip", {}), ("legacy", {"_use_new_zipfile_serialization": False})):
        save(f"state_{suffix}.pt", state, state, **options)
        save(f"views_{suffix}.pt", views, views, **options)
        save(f"every_{suffix}.pt", every, every, **options)
        save(f"training_{suffix}.pt", training, training["state_dict"], **options)
        save(f"module_{suffix}.pth", model, state, **options)
        save(f"parameters_{suffix}.pth", OrderedDict(model.named_parameters()), dict(model.named_parameters()), **options)
        save(f"half_{suffix}.bin", {k: v.half() if v.is_floating_point() else v for k, v in state.items()}, {k: v.half() if v.is_floating_point() else v for k, v in state.items()}, **options)
    for protocol in (3, 4, 5):
        save(f"protocol{protocol}.pt", state, state, pickle_protocol=protocol)
    script.save(os.path.join(folder, "script.pt"))
    # A script has no notion of a buffer that is not saved.
    files["script.pt"] = described({**state, "scratch": model.scratch})
    with open(os.path.join(folder, "expected.json"), "w") as out:
        json.dump(files, out)


def safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    state = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        part = bytearray(data[begin:end])
        flat = torch.frombuffer(part, dtype=DTYPES[entry["dtype"]]) if part else torch.zeros(0, dtype=DTYPES[entry["dtype"]])
        state[name] = flat.reshape(entry["shape"])
    return state


def show(path):
    state = safetensors(path) if path.endswith(".safetensors") else torch.load(path, map_location="cpu")
    json.dump(described(state), sys.stdout)


if __name__ == "__main__":
    {"make": make, "show": show}[sys.argv[1]](sys.argv[2])
