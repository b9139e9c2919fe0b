import { Command } from "effect/cli"
import { attributes } from "./attributes.ts"
import { clip } from "./clip.ts"
import { diffusion } from "./diffusion.ts"
import { vae } from "./vae.ts"

/** `diva pretrain`: the models that the method starts from. */
export const pretrain = Command.make("pretrain").pipe(
  Command.withDescription(
    "Train the models that the method starts from, on captioned pictures of your own or rendered ones.",
  ),
  Command.withShortDescription("Train a CLIP, a VAE or a diffusion model"),
  Command.withSubcommands([clip, vae, diffusion, attributes]),
)
