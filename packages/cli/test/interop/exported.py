"""Loads what diva export wrote of the small world into open_clip, timm and transformers, strictly, and prints how far their
features are apart.

exported.py FOLDER     needs open_clip, timm, transformers; made with 3.3, 1.0, 5.18
"""
import json
import os
import sys

import torch

register = torch.library.register_fake
# A torchvision of another build lacks its operators, which nothing here uses.
torch.library.register_fake = lambda op, *rest, **options: (
    (lambda f: f) if isinstance(op, str) and op.startswith("torchvision::") else register(op, *rest, **options)
)

from open_clip.model import CLIP  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from timm.layers import QuickGELU  # noqa: E402
from timm.models.vision_transformer import VisionTransformer  # noqa: E402
from transformers import CLIPConfig, CLIPModel  # noqa: E402


def weights(style):
    return load_file(os.path.join(sys.argv[1], f"{style}.safetensors"))


torch.manual_seed(0)
pictures = torch.randn(2, 3, 16, 16)
texts = torch.tensor([[254, *words, 255] + [0] * (75 - len(words)) for words in ([1, 2, 3], [])])
vision = dict(image_size=16, layers=1, width=64, patch_size=8, head_width=64)
text = dict(context_length=77, vocab_size=256, width=64, heads=1, layers=1)
clip = CLIP(embed_dim=40, vision_cfg=vision, text_cfg=text, quick_gelu=True).eval()
clip.load_state_dict(weights("openclip"), strict=True)
tower = VisionTransformer(
    img_size=16, patch_size=8, embed_dim=64, depth=1, num_heads=1, num_classes=40, pre_norm=True, global_pool="token",
    norm_layer=lambda width, **_: torch.nn.LayerNorm(width, eps=1e-5), act_layer=lambda *_, **__: QuickGELU(),
).eval()
tower.load_state_dict(weights("timm"), strict=True)
sizes = dict(hidden_size=64, intermediate_size=256, num_hidden_layers=1, num_attention_heads=1, projection_dim=40)
model = CLIPModel(CLIPConfig(
    projection_dim=40, vision_config=dict(sizes, image_size=16, patch_size=8),
    text_config=dict(sizes, max_position_embeddings=77, vocab_size=256, bos_token_id=254, eos_token_id=255),
)).eval()
missing = model.load_state_dict(weights("transformers"), strict=False)
assert not missing.unexpected_keys and all(key.endswith("position_ids") for key in missing.missing_keys), missing


def pooled(features):
    return getattr(features, "pooler_output", features)


with torch.no_grad():
    image, words = clip.encode_image(pictures), clip.encode_text(texts)
    print(json.dumps({
        "timm": (tower(pictures) - image).abs().max().item(),
        "transformers image": (pooled(model.get_image_features(pixel_values=pictures)) - image).abs().max().item(),
        "transformers text": (pooled(model.get_text_features(input_ids=texts)) - words).abs().max().item(),
    }))
