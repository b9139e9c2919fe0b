"""Values and gradients of ops by PyTorch, in f64 on arguments that f32 holds. Writes ops.json beside this file.

    python3 packages/tensor/test/golden/ops.py

Arguments are not stored: both sides draw them (`drawn`) from the case's number. `ops.json` names the versions and the seed.
"""

import json
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F

SEED = 20260101
RANGES = {"f32": (-2.0, 2.0), "i32": (-9, 9), "u32": (0, 9), "bool": (0, 1)}


def drawn(case, index, spec):
    """Numbers of a linear congruential generator: 24 bits each."""
    size = int(numpy.prod(spec["shape"], dtype=numpy.int64))
    state = (SEED + 7919 * case + 104729 * index) % 2**32
    values = []
    low, high = spec.get("range", RANGES[spec["dtype"]])
    for _ in range(size):
        state = (state * 1664525 + 1013904223) % 2**32
        unit = (state >> 8) / 2**24
        if spec["dtype"] == "f32":
            values.append(float(numpy.float32(low + (high - low) * unit)))
        else:
            values.append(int(low + (high - low + 1) * unit))
    dtype = {"f32": torch.float64, "bool": torch.bool}.get(spec["dtype"], torch.int64)
    return torch.tensor(values, dtype=dtype).reshape(spec["shape"])


def f(*shape, low=None, high=None):
    return {"shape": list(shape), "dtype": "f32", **({} if low is None else {"range": [low, high]})}


def of(dtype, *shape, low=None, high=None):
    return {"shape": list(shape), "dtype": dtype, **({} if low is None else {"range": [low, high]})}


CASES = []


def case(name, inputs, compute, **attributes):
    CASES.append((name, inputs, compute, attributes))


def unary(name, compute, **limits):
    case(name, [f(3, 7, **limits)], compute)


def binary(name, compute, first=None, second=None):
    case(name, [first or f(3, 7), second or f(3, 7)], compute)
    if first is None and second is None:
        case(name, [f(4, 1, 5), f(3, 1)], compute)


def wrapped(x):
    """Modulo 2^32, as u32."""
    return x % 2**32


def signed(x):
    return (x + 2**31) % 2**32 - 2**31


for name, compute, limits in [
    ("abs", torch.abs, {}),
    ("neg", torch.neg, {}),
    ("exp", torch.exp, {"low": -20.0, "high": 20.0}),
    ("log", torch.log, {"low": 0.01, "high": 50.0}),
    ("sqrt", torch.sqrt, {"low": 0.01, "high": 50.0}),
    ("rsqrt", torch.rsqrt, {"low": 0.01, "high": 50.0}),
    ("sin", torch.sin, {"low": -30.0, "high": 30.0}),
    ("cos", torch.cos, {"low": -30.0, "high": 30.0}),
    ("tanh", torch.tanh, {"low": -5.0, "high": 5.0}),
    ("erf", torch.erf, {"low": -4.0, "high": 4.0}),
    ("logistic", torch.sigmoid, {"low": -9.0, "high": 9.0}),
    ("floor", torch.floor, {}),
    ("ceil", torch.ceil, {}),
    ("round", torch.round, {}),
    ("sign", torch.sign, {}),
    ("square", torch.square, {}),
    ("reciprocal", torch.reciprocal, {"low": 0.2, "high": 3.0}),
    ("relu", torch.relu, {}),
    ("silu", F.silu, {"low": -6.0, "high": 6.0}),
    ("gelu", F.gelu, {"low": -4.0, "high": 4.0}),
    ("geluTanh", lambda x: F.gelu(x, approximate="tanh"), {"low": -4.0, "high": 4.0}),
    ("quickGelu", lambda x: x * torch.sigmoid(1.702 * x), {"low": -4.0, "high": 4.0}),
]:
    unary(name, compute, **limits)

unary("tan", torch.tan, low=-1.4, high=1.4)
# Of logarithms, a third of which are no numbers, and of reciprocals, a fifth of which are infinite.
case("isNaN", [f(3, 7, low=-1.0, high=2.0)], lambda x: torch.isnan(torch.log(x)))
case("isFinite", [f(3, 7, low=-1.0, high=2.0)], lambda x: torch.isfinite(torch.log(x)))
case("isInfinite", [of("i32", 3, 7, low=-2, high=2)], lambda x: torch.isinf(1 / x.double()))

for name, compute in [
    ("add", torch.add),
    ("sub", torch.sub),
    ("mul", torch.mul),
    ("maximum", torch.maximum),
    ("minimum", torch.minimum),
]:
    binary(name, compute)
    binary(name, lambda x, y, g=compute: signed(g(x, y)), of("i32", 3, 5), of("i32", 3, 5))
    binary(name, lambda x, y, g=compute: wrapped(g(x, y)), of("u32", 3, 5), of("u32", 3, 5))
binary("div", torch.div, None, f(3, 7, low=0.3, high=2.0))
binary("div", lambda x, y: torch.div(x, y, rounding_mode="trunc"), of("i32", 3, 7), of("i32", 3, 7, low=1, high=5))
binary("remainder", torch.fmod, f(3, 7, low=-9.0, high=9.0), f(3, 7, low=0.3, high=2.0))
binary("remainder", torch.fmod, of("i32", 3, 7), of("i32", 3, 7, low=1, high=5))
binary("power", torch.pow, f(3, 7, low=0.2, high=4.0), f(3, 7, low=-3.0, high=3.0))
for name, compute in [
    ("less", torch.lt),
    ("lessEqual", torch.le),
    ("greater", torch.gt),
    ("greaterEqual", torch.ge),
    ("equal", torch.eq),
    ("notEqual", torch.ne),
]:
    binary(name, compute)
    binary(name, compute, of("i32", 3, 7, low=-2, high=2), of("i32", 3, 7, low=-2, high=2))
for name, compute in [("logicalAnd", torch.logical_and), ("logicalOr", torch.logical_or)]:
    binary(name, compute, of("bool", 3, 7), of("bool", 3, 7))
case("logicalNot", [of("bool", 3, 7)], torch.logical_not)
for name, compute in [
    ("bitAnd", torch.bitwise_and),
    ("bitOr", torch.bitwise_or),
    ("bitXor", torch.bitwise_xor),
]:
    binary(name, compute, of("u32", 3, 7, low=0, high=4294967295), of("u32", 3, 7, low=0, high=4294967295))
    binary(name, compute, of("i32", 3, 7), of("i32", 3, 7))
for name, compute in [
    ("shiftLeft", lambda x, y: wrapped(torch.bitwise_left_shift(x, y))),
    ("shiftRight", torch.bitwise_right_shift),
]:
    binary(name, compute, of("u32", 3, 7, low=0, high=4294967295), of("u32", 3, 7, low=0, high=31))
case("select", [of("bool", 3, 7), f(3, 7), f(3, 7)], torch.where)
case("select", [of("bool", 4, 1), f(5), f(4, 5)], torch.where)
case("clamp", [f(3, 7)], lambda x: torch.clamp(x, -0.75, 1.25), low=-0.75, high=1.25)
case("cast", [f(3, 7, low=-9.0, high=9.0)], lambda x: x.to(torch.int64), dtype="i32")
case("cast", [f(3, 7, low=0.0, high=9.0)], lambda x: x.to(torch.int64), dtype="u32")
case("cast", [of("i32", 3, 7)], lambda x: wrapped(x), dtype="u32")
case("cast", [of("i32", 3, 7, low=-2, high=2)], lambda x: x.to(torch.bool), dtype="bool")
case("cast", [of("bool", 3, 7)], lambda x: x.to(torch.float64), dtype="f32")

for shape, axis in [((3, 7), [1]), ((3, 7), [0]), ((2, 5, 4), [0, 2]), ((2, 5, 4), [1]), ((6,), [0])]:
    for keep in [False, True]:
        case("sum", [f(*shape)], lambda x, a=axis, k=keep: x.sum(a, keepdim=k), axis=axis, keep=keep)
    case("max", [f(*shape)], lambda x, a=axis: torch.amax(x, a), axis=axis, keep=False)
    case("min", [f(*shape)], lambda x, a=axis: torch.amin(x, a), axis=axis, keep=False)
    case("max", [of("i32", *shape)], lambda x, a=axis: torch.amax(x, a), axis=axis, keep=False)
    case("mean", [f(*shape)], lambda x, a=axis: x.mean(a), axis=axis, keep=False)
    case("variance", [f(*shape)], lambda x, a=axis: x.var(a, correction=0), axis=axis, keep=False)
    case("logSumExp", [f(*shape)], lambda x, a=axis: torch.logsumexp(x, a), axis=axis, keep=False)
    case("norm", [f(*shape)], lambda x, a=axis: torch.linalg.vector_norm(x, dim=a), axis=axis, keep=False)
for axis in [0, -1]:
    case("softmax", [f(3, 7)], lambda x, a=axis: torch.softmax(x, a), axis=axis)
    case("logSoftmax", [f(3, 7)], lambda x, a=axis: torch.log_softmax(x, a), axis=axis)
    case("argmax", [f(3, 7)], lambda x, a=axis: torch.argmax(x, a), axis=axis)
case("any", [of("bool", 4, 3)], lambda x: torch.any(x, 1), axis=1)
case("all", [of("bool", 4, 3)], lambda x: torch.all(x, 1), axis=1)
case("layerNorm", [f(3, 8), f(8), f(8)], lambda x, w, b: F.layer_norm(x, [8], w, b, 1e-5), eps=1e-5)
case("groupNorm", [f(2, 6, 3, 2), f(6), f(6)], lambda x, w, b: F.group_norm(x, 3, w, b, 1e-5), groups=3, eps=1e-5)
case("crossEntropy", [f(5, 4), of("i32", 5, low=0, high=3)], lambda x, y: F.cross_entropy(x, y))
case("meanSquaredError", [f(3, 7), f(3, 7)], F.mse_loss)
case("l1", [f(3, 7), f(3, 7)], F.l1_loss)

case("reshape", [f(4, 6)], lambda x: x.reshape(3, 8), shape=[3, 8])
case("permute", [f(2, 3, 4)], lambda x: x.permute(2, 0, 1), order=[2, 0, 1])
case("expand", [f(3, 1, 2)], lambda x: x.expand(2, 3, 4, 2), shape=[2, 3, 4, 2])
case("slice", [f(7, 8)], lambda x: x[1:6:2, 3:8:3], starts=[1, 3], ends=[6, 8], steps=[2, 3])
case("pad", [f(3, 4)], lambda x: F.pad(x, [4, 0, 1, 2], value=1.5), low=[1, 4], high=[2, 0], value=1.5)
for shape, axes in [((8,), [0]), ((7,), [0]), ((4, 6), [0, 1]), ((3, 4, 5), [1])]:
    case("flip", [f(*shape)], lambda x, a=axes: torch.flip(x, a), axes=axes)
case("concat", [f(3, 4), f(3, 1), f(3, 8)], lambda *x: torch.cat(x, 1), axis=1)
case("stack", [f(3, 4), f(3, 4)], lambda *x: torch.stack(x, 0))
case("unsqueeze", [f(3, 4)], lambda x: x.unsqueeze(1), axis=1)
case("squeeze", [f(3, 1, 4)], lambda x: x.squeeze(1), axis=1)
case("take", [f(5, 3), of("i32", 4, low=0, high=4)], lambda x, i: x[i])
case("take", [f(5), of("u32", 2, 3, low=0, high=4)], lambda x, i: x[i])
case("takeBatched", [f(2, 5, 3), of("i32", 2, 4, low=0, high=4)], lambda x, i: torch.stack([x[b][i[b]] for b in range(2)]))
case(
    "scatterAdd",
    [f(7, 3), of("i32", 7, low=0, high=3)],
    lambda u, i: torch.zeros(4, 3, dtype=u.dtype).index_add(0, i, u),
    rows=4,
)
case("iota", [], lambda: torch.arange(4).reshape(4, 1).expand(4, 3), shape=[4, 3], axis=0)
case("fill", [], lambda: torch.full((2, 3), 1.5, dtype=torch.float64), shape=[2, 3], value=1.5)

case("matmul", [f(3, 5), f(5, 4)], torch.matmul)
case("matmul", [f(2, 3, 5), f(5, 4)], torch.matmul)
case("matmul", [f(2, 1, 3, 5), f(3, 5, 4)], torch.matmul)
case("linear", [f(2, 3, 5), f(4, 5), f(4)], F.linear)
case("einsum", [f(2, 3, 4), f(4, 3, 5)], lambda x, y: torch.einsum("bij,jik->bk", x, y), formula="bij,jik->bk")
for settings in [
    {"stride": [1, 1], "padding": [1, 1], "groups": 1, "kernel": [3, 3]},
    {"stride": [2, 1], "padding": [0, 2], "groups": 2, "kernel": [2, 3]},
    {"stride": [1, 1], "padding": [0, 0], "groups": 1, "kernel": [1, 1]},
]:
    kernel, rest = settings["kernel"], {k: settings[k] for k in ("stride", "padding", "groups")}
    case(
        "conv2d",
        [f(2, 4, 6, 7), f(6, 4 // rest["groups"], *kernel)],
        lambda x, w, r=rest: F.conv2d(x, w, stride=r["stride"], padding=r["padding"], groups=r["groups"]),
        **rest,
    )
case(
    "conv2d",
    [f(1, 2, 5, 4), f(3, 2, 3, 3), f(3)],
    lambda x, w, b: F.conv2d(x, w, b, padding=1),
    stride=1,
    padding=1,
)
case("upsampleNearest2d", [f(1, 2, 3, 2)], lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), factor=2)
case(
    "resizeBilinear",
    [f(1, 2, 5, 4)],
    lambda x: F.interpolate(x, size=(8, 16), mode="bilinear", align_corners=False, antialias=False),
    size=[8, 16],
)
for causal in [False, True]:
    case(
        "attention",
        [f(2, 3, 5, 4), f(2, 3, 5, 4), f(2, 3, 5, 6)],
        lambda q, k, v, c=causal: F.scaled_dot_product_attention(q, k, v, is_causal=c),
        causal=causal,
    )


def numbers(tensor):
    if tensor.dtype == torch.float64:
        return [float(f"{x:.9g}") for x in tensor.detach().reshape(-1).tolist()]
    return [int(x) for x in tensor.reshape(-1).tolist()]


def record(number, name, inputs, compute, attributes):
    values = [drawn(number, i, spec) for i, spec in enumerate(inputs)]
    for value in values:
        if value.dtype == torch.float64:
            value.requires_grad_(True)
    output = compute(*values)
    found = {"op": name, "inputs": inputs, "shape": list(output.shape), "value": numbers(output)}
    if attributes:
        found["attributes"] = attributes
    floating = [value for value in values if value.requires_grad]
    if output.requires_grad:
        weights = drawn(number, 99, {"shape": list(output.shape), "dtype": "f32"})
        (output * weights).sum().backward()
        found["gradients"] = [None if v.grad is None else numbers(v.grad) for v in floating]
    return found


def main():
    cases = [record(i, *parts) for i, parts in enumerate(CASES)]
    text = {
        "made by": f"ops.py, torch {torch.__version__}, numpy {numpy.__version__}, python {sys.version.split()[0]}",
        "seed": SEED,
    }
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
    head = json.dumps(text)[1:-1]
    path = pathlib.Path(__file__).with_name("ops.json")
    path.write_text(f"{{{head},\n\"cases\":[\n{lines}\n]}}\n")
    print(f"{len(cases)} cases of {len({one['op'] for one in cases})} ops, {path.stat().st_size} bytes")


main()
