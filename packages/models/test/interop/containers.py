"""Writes test/cases/containers.pth and wrapped.pth: what training programs leave beside weights, and wrapped names.

Made with PyTorch 2.13: python containers.py CASES
"""
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import datetime

import torch

folder = sys.argv[1]
weights = OrderedDict([("proj.weight", torch.arange(6.0).reshape(2, 3)), ("proj.bias", torch.tensor([7.0, 8.0]))])
lists = defaultdict(list)
lists["train"].append(0.5)
torch.save(
    {
        "state_dict": weights,
        "epoch": torch.tensor(3),
        "rng_state": torch.get_rng_state()[:8],
        "counts": Counter("hello"),
        "seen": {1, 2, 3},
        "frozen": frozenset(["a"]),
        "history": lists,
        "recent": deque([1.0, 2.0], maxlen=2),
        "size": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "layout": torch.strided,
        "dtype": torch.bfloat16,
        "complex": 1 + 2j,
        "bytes": bytearray(b"abc"),
        "range": range(3),
        "when": datetime(2026, 1, 2),
        "ordered": OrderedDict(a=1),
    },
    f"{folder}/containers.pth",
)
torch.save(
    {
        "neg": torch.view_as_complex(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).conj().imag,
        "conj": torch.tensor([1 + 2j, 3 - 4j]).conj(),
        "turned": torch.arange(6).to(torch.complex128).reshape(2, 3).mul(1 + 1j).T,
        "fp8": torch.tensor([1.0, -2.0]).to(torch.float8_e5m2),
        "u64": torch.tensor([1, 2**63 - 1], dtype=torch.uint64),
    },
    f"{folder}/signs.pth",
)
