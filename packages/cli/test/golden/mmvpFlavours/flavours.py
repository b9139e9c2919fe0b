"""MMVP cases of DFN and SigLIP at the size of a test, scored by OpenCLIP and timm in PyTorch.

    python flavours.py          (torch 2.13, open-clip-torch 3.3, timm 1.0, Pillow 12.3)

Images and questions are those of ../09_mmvp. Rules, as DIVA's run_DIVA_with_{DFN,SigLIP}.py score, in f32:
dfn224    unit class token; e^scale cos
dfn378    unit class token + mean of half as many drawn unit patches as there are, not normalised again; e^scale dot
siglip*   unit pooled vector; e^scale cos + bias; the window of 6 or 10 belongs to training and changes no score
Weights, ids of texts and draws are random and stored, so that other software can be held to the same numbers.
"""

import csv
import json
import pathlib
from unittest import mock

import numpy
import open_clip.timm_model
import timm
import torch
from open_clip.model import CLIP, CustomTextCLIP
from PIL import Image
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
mmvp = here.parent / "09_mmvp" / "MMVP_VLM"
size, patches, context, vocabulary = 56, 16, 16, 64
questions = list(csv.reader((mmvp / "Questions.csv").open(encoding="utf8")))[1:]
names = [
    "Orientation and Direction",
    "Presence of Specific Features",
    "State and Condition",
    "Quantity and Count",
    "Positional and Relational Context",
    "Color and Appearance",
    "Structural Characteristics",
    "Texts",
    "Viewpoint and Perspective",
]

dfn_config = {
    "embed_dim": 16,
    "quick_gelu": True,
    "vision_cfg": {"image_size": size, "layers": 1, "width": 32, "head_width": 16, "patch_size": 14},
    "text_cfg": {"context_length": context, "vocab_size": vocabulary, "width": 32, "heads": 2, "layers": 1},
}
siglip_config = {
    "embed_dim": 24,
    "init_logit_bias": -10,
    "vision_cfg": {
        "image_size": size,
        "timm_model_name": "vit_so400m_patch14_siglip_224",
        "timm_pool": "map",
        "timm_proj": "none",
    },
    "text_cfg": {
        "context_length": context,
        "vocab_size": vocabulary,
        "width": 24,
        "heads": 2,
        "layers": 1,
        "mlp_ratio": 2,
        "no_causal_mask": True,
        "proj_bias": True,
        "pool_type": "last",
        "norm_kwargs": {"eps": 1e-6},
    },
}
trunk = {
    "patch_size": 14,
    "embed_dim": 24,
    "depth": 1,
    "num_heads": 2,
    "mlp_ratio": 2,
    "class_token": False,
    "global_pool": "map",
    "img_size": size,
}


def scattered(model):
    """Random weights, large enough for images to differ; norms near one."""
    torch.manual_seed(7)
    with torch.no_grad():
        for name, p in model.named_parameters():
            is_norm = "norm" in name or "ln_" in name
            if name == "logit_scale":
                p.fill_(numpy.log(30))
            elif name == "logit_bias":
                p.fill_(-10)
            elif p.ndim > 1:
                p.normal_(std=1.2 * p[0].numel() ** -0.5 if p.ndim != 2 or "embedding" not in name else 0.5)
            else:
                p.normal_(mean=1.0 if is_norm and name.endswith("weight") else 0.0, std=0.1)
    return model.eval()


def dfn():
    return scattered(CLIP(**dfn_config, init_logit_scale=1.0))


def siglip():
    make = timm.create_model

    def small(name, num_classes=0, global_pool="map", pretrained=False, **_):
        return make(name, pretrained=False, num_classes=num_classes, **trunk)

    with mock.patch.object(open_clip.timm_model.timm, "create_model", small):
        return scattered(CustomTextCLIP(**siglip_config))


def picture(question, kind):
    ident, folder, _ = question
    image = Image.open(mmvp / "MLLM_VLM_Images" / folder / f"{ident}.jpg").convert("RGB")
    if kind == "siglip":
        image = image.resize((size, size), Image.BICUBIC)
        mean, std = [0.5] * 3, [0.5] * 3
    else:
        width, height = image.size
        short = min(width, height)
        image = image.resize((int(size * width / short), int(size * height / short)), Image.BICUBIC)
        left, top = round((image.width - size) / 2), round((image.height - size) / 2)
        image = image.crop((left, top, left + size, top + size))
        mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    pixels = torch.from_numpy(numpy.array(image)).permute(2, 0, 1).float() / 255
    return (pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


def dfn_tokens(model, images):
    """Class token and patches [n, 17, width], each through the last norm and the projection."""
    v = model.visual
    x = v.conv1(images).flatten(2).transpose(1, 2)
    x = torch.cat([v.class_embedding.expand(len(x), 1, -1), x], 1) + v.positional_embedding
    return v.ln_post(v.transformer(v.ln_pre(x))) @ v.proj


def image_vector(flavour, model, images, places):
    if flavour.startswith("siglip"):
        return unit(model.encode_image(images))
    tokens = unit(dfn_tokens(model, images))
    if flavour == "dfn224":
        return tokens[:, 0]
    drawn = torch.stack([row[at.long()] for row, at in zip(tokens[:, 1:], places)])
    return tokens[:, 0] + drawn.mean(1)


def score(flavour, kind, model, ids, draws):
    images = torch.stack([picture(q, kind) for q in questions])
    texts = unit(model.encode_text(ids.long()))
    if kind == "dfn":
        stock = unit(model.encode_image(images))
        assert torch.allclose(stock, unit(dfn_tokens(model, images)[:, 0]), atol=1e-5)
    rows, solved = [], []
    for pair in range(len(questions) // 2):
        both = images[2 * pair : 2 * pair + 2]
        first = []
        for text in (1, 2):
            places = draws.get(f"{flavour}.pair{pair:02d}.text{text}")
            logits = model.logit_scale.exp() * image_vector(flavour, model, both, places) @ texts[2 * pair + text - 1]
            if kind == "siglip":
                logits = logits + model.logit_bias
            first.append(logits.softmax(0)[0].item())
        ident = [questions[2 * pair + i][0] for i in (0, 1)]
        chosen = ["img1" if p > 0.5 else "img2" for p in first]
        right = ["img1" if int(i) % 2 == 1 else "img2" for i in ident]
        rows.append([*ident, *chosen, *right, *[str(numpy.float32(p)) for p in first]])
        solved.append(chosen == right)
    each = len(rows) // 9
    percent = {name: 100 * sum(solved[each * i : each * (i + 1)]) / each for i, name in enumerate(names)}
    percent["average_score"] = sum(percent.values()) / 9
    return rows, percent


def write(flavour, kind, model, config, extra):
    ids = torch.from_numpy(numpy.random.default_rng(3).integers(1, vocabulary - 1, (len(questions), context)))
    ids[:, -1] = vocabulary - 1
    ids = ids.to(torch.int32)
    draws = {}
    if flavour == "dfn378":
        random = numpy.random.default_rng(11)
        for pair in range(len(questions) // 2):
            for text in (1, 2):
                places = random.integers(0, patches, (2, patches // 2)).astype("int32")
                draws[f"{flavour}.pair{pair:02d}.text{text}"] = torch.from_numpy(places)
        save_file(draws, here / f"draws_{flavour}.safetensors")
    with torch.no_grad():
        rows, percent = score(flavour, kind, model, ids, draws)
        first = picture(questions[0], kind).contiguous()
        stored = {"text_ids": ids, "preprocessed_1": first}
        if kind == "dfn":
            stored["image_tokens_1"] = dfn_tokens(model, first[None])[0].contiguous()
    save_file(stored, here / f"features_{flavour}.safetensors")
    margin = min(abs(float(p) - 0.5) for row in rows for p in row[6:])
    document = {
        "case": f"mmvpFlavours/{flavour}",
        "source": "flavours.py",
        "flavour": flavour,
        "clip_config": {**config, **extra},
        "weights": f"weights_{kind}.safetensors",
        **({"random_draws": f"draws_{flavour}.safetensors"} if draws else {}),
        "scores_percent": percent,
        "predictions": rows,
        "min_margin_from_0.5": margin,
        "tolerance": {"q1score/q2score": "abs 1e-4"},
    }
    (here / f"expected_{flavour}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf8")
    print(flavour, percent["average_score"], margin, len({row[6] for row in rows}))


for kind, model, config, extra, flavours in (
    ("dfn", dfn(), dfn_config, {}, ("dfn224", "dfn378")),
    ("siglip", siglip(), siglip_config, {"timm_tiny_override": trunk}, ("siglip6", "siglip10")),
):
    state = {name: t.contiguous() for name, t in model.state_dict().items() if "attn_mask" not in name}
    save_file(state, here / f"weights_{kind}.safetensors")
    for flavour in flavours:
        write(flavour, kind, model, config, extra)
