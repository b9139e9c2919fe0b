import type { Either } from "fp-ts/lib/Either.js"
import { parseConfig } from "../config/fields.ts"
import type { ModelError } from "../modelError.ts"

/** Stable Diffusion's image autoencoder by its sizes. Levels run from the finest to the coarsest resolution. */
export interface VaeConfig {
  readonly inChannels: number
  readonly outChannels: number
  readonly latentChannels: number
  readonly channels: readonly number[]
  readonly resnetsPerLevel: number
  readonly groups: number
  /** What latents are multiplied by before diffusion; the VAE itself does not apply it. */
  readonly latentScale: number
}

/** Edge of the image over edge of the latent. */
export const vaeReduction = ({ channels }: VaeConfig): number => 2 ** (channels.length - 1)

/**
 * Reads `vae/config.json` of a Stable Diffusion folder (diffusers AutoencoderKL).
 * Errors: `ConfigInvalid`, also for an argument whose value this package does not implement.
 */
export const parseVae = (raw: unknown): Either<ModelError, VaeConfig> =>
  parseConfig("SD VAE", raw, ({ count, counts, names, number, only, demand }) => {
    only("act_fn", ["silu", "swish"])
    only("mid_block_add_attention", [true])
    const channels = counts("block_out_channels")
    const down = names("down_block_types", ["DownEncoderBlock2D"])
    const up = names("up_block_types", ["UpDecoderBlock2D"])
    const groups = count("norm_num_groups", 32)
    for (const [field, blocks] of Object.entries({ down_block_types: down, up_block_types: up }))
      demand(blocks.length === channels.length, field, `needs ${channels.length} entries`, "name one per level")
    for (const width of channels)
      demand(width % groups === 0, "norm_num_groups", `${groups} must divide ${width} channels`, "use a divisor")
    return {
      inChannels: count("in_channels", 3),
      outChannels: count("out_channels", 3),
      latentChannels: count("latent_channels", 4),
      channels,
      resnetsPerLevel: count("layers_per_block", 1),
      groups,
      latentScale: number("scaling_factor", 0.18215),
    }
  })
