"""PyTorch on a GPU in f32, with TF32, and in f16: one JSON line a subject. usage: pytorchGpu.py [seconds] [--tiny]

Without a GPU it does the same on the CPU, f32 alone.
"""

import json
import sys
import time

import torch

import pytorch

TINY = "--tiny" in sys.argv
ON_GPU = torch.cuda.is_available()
SECONDS = float(next((word for word in sys.argv[1:] if word[0] != "-"), "40"))

SUBJECTS = [
    ("matmul", {"m": 1024, "n": 1024, "k": 1024}),
    ("matmul", {"m": 257, "n": 1024, "k": 1024}),
    ("matmul", {"m": 4096, "n": 320, "k": 320}),
    ("matmul", {"m": 4096, "n": 4096, "k": 4096}),
    ("convolution", {"channels": 320, "edge": 64}),
    ("convolution", {"channels": 640, "edge": 32}),
    ("convolution", {"channels": 1280, "edge": 16}),
    ("attention", {"heads": 5, "tokens": 4096, "width": 64}),
    ("attentionGradient", {"heads": 5, "tokens": 4096, "width": 64}),
    ("attention", {"heads": 16, "tokens": 257, "width": 64}),
    ("blockGradient", {"tokens": 257, "width": 1024, "heads": 16, "mlp": 4096}),
    ("layerNorm", {"rows": 4112, "width": 1024}),
    ("softmax", {"rows": 4096, "width": 4096}),
]

SMALL = [("matmul", {"m": 64, "n": 64, "k": 64}), ("convolution", {"channels": 8, "edge": 16})]


def settle(mode):
    torch.backends.cuda.matmul.allow_tf32 = mode == "tf32"
    torch.backends.cudnn.allow_tf32 = mode == "tf32"
    pytorch.PLACE["device"] = "cuda" if ON_GPU else "cpu"
    pytorch.PLACE["dtype"] = torch.float16 if mode == "f16" else torch.float32


def wait():
    if ON_GPU:
        torch.cuda.synchronize()


def milliseconds(run):
    """The median of runs timed one by one, after some that warm up."""
    for _ in range(3):
        run()
    wait()
    times = []
    for _ in range(3 if TINY else 15):
        begin = time.perf_counter()
        run()
        wait()
        times.append(1000 * (time.perf_counter() - begin))
    return sorted(times)[len(times) // 2]


def main():
    began = time.perf_counter()
    name = torch.cuda.get_device_name() if ON_GPU else "CPU"
    for mode in ["f32", "tf32", "f16"] if ON_GPU else ["f32"]:
        settle(mode)
        for subject, sizes in SMALL if TINY else SUBJECTS:
            if time.perf_counter() - began > SECONDS:
                return
            line = {"subject": f"{subject} {'×'.join(str(size) for size in sizes.values())}", "mode": mode}
            try:
                line["ms"] = milliseconds(pytorch.OFFERS[subject](sizes))
            except Exception as error:  # whatever it is, the next subject has its turn
                line["why"] = str(error).splitlines()[0]
            print(json.dumps({**line, "version": torch.__version__, "device": name}), flush=True)


main()
