"""PyTorch, on the CPU with two threads by default: answers the requests of scripts/bench/serve.ts, one JSON line each."""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(0)

# Where and in which element type operands are made; pytorchGpu.py changes both.
PLACE = {"device": "cpu", "dtype": torch.float32}


def noise(*shape):
    return torch.rand(*shape, **PLACE) - 0.5


def image(s):
    return noise(1, s["channels"], s["edge"], s["edge"])


def weight(s):
    return noise(s["channels"], s["channels"], 3, 3)


def heads(s):
    return noise(1, s["heads"], s["tokens"], s["width"])


def matmul(s):
    a, b = noise(s["m"], s["k"]), noise(s["k"], s["n"])
    return lambda: a @ b


def convolution(s):
    x, w = image(s), weight(s)
    return lambda: F.conv2d(x, w, padding=1)


def convolution_gradient(mask):
    def prepare(s):
        x, w, g = image(s), weight(s), image(s)
        one = [1, 1]
        return lambda: torch.ops.aten.convolution_backward(g, x, w, None, one, one, one, False, [0, 0], 1, mask)

    return prepare


def attention(s):
    q, k, v = heads(s), heads(s), heads(s)
    return lambda: F.scaled_dot_product_attention(q, k, v)


def attention_gradient(s):
    q, k, v = (heads(s).requires_grad_() for _ in range(3))
    g = heads(s)
    return lambda: torch.autograd.grad(F.scaled_dot_product_attention(q, k, v), (q, k, v), g)


def block_parts(s):
    d, m = s["width"], s["mlp"]
    shapes = [(d,), (d,), (3 * d, d), (3 * d,), (d, d), (d,), (d,), (d,), (m, d), (m,), (d, m), (d,)]
    parameters = [(noise(*shape) / math.sqrt(shape[-1])).requires_grad_() for shape in shapes]
    x = noise(s["tokens"], d)

    def forward():
        s1, o1, wqkv, bqkv, wo, bo, s2, o2, w1, b1, w2, b2 = parameters
        qkv = F.linear(F.layer_norm(x, (d,), s1, o1), wqkv, bqkv)
        q, k, v = qkv.view(s["tokens"], 3, s["heads"], -1).permute(1, 2, 0, 3).unsqueeze(1)
        attended = F.scaled_dot_product_attention(q, k, v)[0].transpose(0, 1).reshape(s["tokens"], d)
        y = x + F.linear(attended, wo, bo)
        hidden = F.linear(F.layer_norm(y, (d,), s2, o2), w1, b1)
        return y + F.linear(hidden * torch.sigmoid(1.702 * hidden), w2, b2)

    return parameters, forward


def block(s):
    _, forward = block_parts(s)

    def run():
        with torch.no_grad():
            return forward()

    return run


def block_gradient(s):
    parameters, forward = block_parts(s)
    return lambda: torch.autograd.grad(forward().square().mean(), parameters)


def layer_norm(s):
    x, w, b = noise(s["rows"], s["width"]), noise(s["width"]), noise(s["width"])
    return lambda: F.layer_norm(x, (s["width"],), w, b)


def layer_norm_fused(s):
    x, r = noise(s["rows"], s["width"]), noise(s["rows"], s["width"])
    w, b = noise(s["width"]), noise(s["width"])
    return lambda: r + F.layer_norm(x + r, (s["width"],), w, b)


def group_norm(s):
    x, w, b = image(s), noise(s["channels"]), noise(s["channels"])
    return lambda: F.group_norm(x, s["groups"], w, b)


def group_norm_fused(s):
    x, r, w, b = image(s), image(s), noise(s["channels"]), noise(s["channels"])
    return lambda: F.silu(F.group_norm(x + r, s["groups"], w, b))


def softmax(s):
    x = noise(s["rows"], s["width"])
    return lambda: torch.softmax(x, -1)


def softmax_fused(s):
    x, bias = noise(s["rows"], s["width"]), noise(s["width"])
    return lambda: torch.softmax(x * 0.125 + bias, -1)


OFFERS = {
    "matmul": matmul,
    "convolution": convolution,
    "convolutionInput": convolution_gradient([True, False, False]),
    "convolutionWeight": convolution_gradient([False, True, False]),
    "attention": attention,
    "attentionGradient": attention_gradient,
    "block": block,
    "blockGradient": block_gradient,
    "layerNorm": layer_norm,
    "layerNormFused": layer_norm_fused,
    "groupNorm": group_norm,
    "groupNormFused": group_norm_fused,
    "softmax": softmax,
    "softmaxFused": softmax_fused,
}


def milliseconds(run, repeats):
    begin = time.perf_counter()
    for _ in range(repeats):
        run()
    return 1000 * (time.perf_counter() - begin)


def main():
    current = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "about":
                reply = {"about": {"version": torch.__version__, "device": "CPU, 2 threads"}}
            elif request["do"] == "prepare":
                subject = request["subject"]
                offer = OFFERS.get(subject["name"])
                current = offer and offer(subject["sizes"])
                reply = {"ms": milliseconds(current, 1)} if current else {"why": "not offered"}
            elif request["do"] == "run":
                reply = {"ms": milliseconds(current, request["repeats"])}
            else:
                current = None
                reply = {}
        except Exception as error:  # whatever it is, the benchmark reports it and goes on
            reply = {"why": str(error)}
        print("bench> " + json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
