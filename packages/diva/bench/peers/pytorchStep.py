"""A DIVA micro-step of full size in PyTorch on a GPU: one JSON line a batch and mode. usage: pytorchStep.py [seconds]

ViT-L/14 and Stable Diffusion 2.1's UNet and VAE with random weights, two noise draws an image, gradients of the tower alone.
Needs a GPU, diffusers and timm; says so where one is missing.
"""

import json
import sys
import time

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
BEGAN = time.perf_counter()


def tell(**line):
    print(json.dumps(line), flush=True)


try:
    import timm
    import torch
    import torch.nn.functional as F
    from diffusers import AutoencoderKL, UNet2DConditionModel

    if not torch.cuda.is_available():
        raise RuntimeError("PyTorch sees no GPU")
except Exception as error:
    tell(subject="microStep", mode="none", why=str(error).splitlines()[0])
    sys.exit(0)

torch.manual_seed(0)

CONTEXT = 1024
TEXT_TOKENS = 77
VISUAL_TOKENS = 36
LATENT_SCALE = 0.18215


def models():
    """The trained tower and its projection, and the frozen UNet and VAE."""
    with torch.device("cuda"):
        unet = UNet2DConditionModel(
            sample_size=64,
            in_channels=4,
            out_channels=4,
            block_out_channels=(320, 640, 1280, 1280),
            layers_per_block=2,
            cross_attention_dim=CONTEXT,
            attention_head_dim=[5, 10, 20, 20],
            use_linear_projection=True,
            norm_num_groups=32,
        )
        vae = AutoencoderKL(
            in_channels=3,
            out_channels=3,
            block_out_channels=(128, 256, 512, 512),
            layers_per_block=2,
            latent_channels=4,
            norm_num_groups=32,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
        )
        project = torch.nn.Linear(1024, CONTEXT)
    tower = timm.create_model("vit_large_patch14_clip_224", pretrained=False, num_classes=0).cuda().train()
    for frozen in (unet, vae):
        frozen.requires_grad_(False).eval()
    return tower, project, unet, vae


TOWER, PROJECT, UNET, VAE = models()
SIGNAL = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000, device="cuda") ** 2, 0)


def micro_step(images, text, half):
    """Latents once; then, for each of two draws, a noisy latent is predicted under the tower's tokens."""
    with torch.autocast("cuda", dtype=half or torch.float16, enabled=half is not None):
        with torch.no_grad():
            latents = VAE.encode(images).latent_dist.mean * LATENT_SCALE
        seen = F.interpolate(images, (224, 224), mode="bilinear", antialias=True)
        for _ in range(2):
            steps = torch.randint(0, 1000, (len(images),), device="cuda")
            signal = SIGNAL[steps].view(-1, 1, 1, 1)
            noise = torch.randn_like(latents)
            tokens = PROJECT(TOWER.forward_features(seen)[:, :VISUAL_TOKENS])
            context = text + F.pad(tokens, (0, 0, 0, TEXT_TOKENS - VISUAL_TOKENS))
            noisy = latents * signal.sqrt() + noise * (1 - signal).sqrt()
            predicted = UNET(noisy, steps, encoder_hidden_states=context).sample
            F.mse_loss(predicted.float(), noise.float()).backward()


def measure(batch, mode):
    torch.backends.cuda.matmul.allow_tf32 = mode == "tf32"
    torch.backends.cudnn.allow_tf32 = mode == "tf32"
    half = {"f16": torch.float16, "bf16": torch.bfloat16}.get(mode)
    images = torch.randn(batch, 3, 512, 512, device="cuda")
    text = torch.randn(batch, TEXT_TOKENS, CONTEXT, device="cuda")
    times = []
    for _ in range(5):
        TOWER.zero_grad()
        torch.cuda.synchronize()
        begin = time.perf_counter()
        micro_step(images, text, half)
        torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - begin))
    ms = sorted(times[2:])[1]
    return {"ms": ms, "msAnImage": ms / batch}


for batch, mode in [(1, "f32"), (1, "tf32"), (1, "f16"), (1, "bf16"), (4, "tf32"), (16, "bf16"), (4, "f32")]:
    if time.perf_counter() - BEGAN > SECONDS:
        break
    about = {"subject": f"microStep batch {batch}", "mode": mode, "version": torch.__version__}
    try:
        tell(**about, **measure(batch, mode))
    except Exception as error:
        tell(**about, why=str(error).splitlines()[0])
