import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { clipParameters } from "../../clip/clipTowers.ts"
import { parseOpenaiClip } from "../../clip/openaiConfig.ts"
import { parseOpenClip } from "../../clip/openClipConfig.ts"
import type { ModelError } from "../../modelError.ts"
import { type Parameter, shapesOf } from "../../params/parameter.ts"
import { openaiArguments } from "../../presets/openai.ts"
import { openClipConfigs } from "../../presets/openclip.ts"
import { stableDiffusionConfigs } from "../../presets/stableDiffusion.ts"
import { parseSdText, sdTextParameters } from "../../text/sdTextEncoder.ts"
import { unetParameters } from "../../unet/unet.ts"
import { parseUnet } from "../../unet/unetConfig.ts"
import { vaeParameters } from "../../vae/vae.ts"
import { parseVae } from "../../vae/vaeConfig.ts"
import type { PartKind } from "./signatures.ts"
import { timmEntries } from "./timmImageTower.ts"
import { transformersEntries } from "./transformersClip.ts"

/** A model of the zoo, as names and shapes. */
export interface KnownModel {
  /** `openai-l14-224`, or `sd-2-1-base unet`. */
  readonly name: string
  readonly kind: PartKind
  readonly shapes: Readonly<Record<string, readonly number[]>>
}

/** The presets are checked by tests, so none is refused here; one that were would be left out. */
const known = <A>(
  name: string,
  kind: PartKind,
  config: Either<ModelError, A>,
  parameters: (config: A) => readonly Parameter[],
): readonly KnownModel[] => (E.isLeft(config) ? [] : [{ name, kind, shapes: shapesOf(parameters(config.right)) }])

const diffusion = (name: string, configs: (typeof stableDiffusionConfigs)[keyof typeof stableDiffusionConfigs]) => [
  ...known(`${name} unet`, "unet", parseUnet(configs.unet), unetParameters),
  ...known(`${name} vae`, "vae", parseVae(configs.vae), vaeParameters),
  ...known(`${name} text encoder`, "text encoder", parseSdText(configs.text_encoder), sdTextParameters),
]

/** The image tower alone as timm names it. */
const inTimm = ({ name, kind, shapes }: KnownModel): readonly KnownModel[] => {
  if (kind !== "clip" && kind !== "siglip") return []
  const entries = timmEntries(
    Object.entries(shapes).map(([key, shape]) => ({ name: key, shape, dtype: "F32" as const })),
  ).map((spec) => [spec.name, spec.shape] as const)
  return [{ name: `${name} image tower`, kind: "timm image tower", shapes: Object.fromEntries(entries) }]
}

/** The same CLIP as transformers names it. */
const renamed = ({ name, kind, shapes }: KnownModel): readonly KnownModel[] => {
  if (kind !== "clip") return []
  const named = Object.entries(shapes).map(
    ([key, shape]) => [key, { name: key, shape, dtype: "F32" as const }] as const,
  )
  const entries = transformersEntries(new Map(named)).map((spec) => [spec.name, spec.shape] as const)
  return [{ name, kind: "transformers clip", shapes: Object.fromEntries(entries) }]
}

const withRenamed = (own: readonly KnownModel[]): readonly KnownModel[] => [
  ...own,
  ...own.flatMap(renamed),
  ...own.flatMap(inTimm),
]

let models: readonly KnownModel[] | undefined

/** Every model of the zoo, described once when first asked for. */
export const knownModels = (): readonly KnownModel[] =>
  (models ??= withRenamed([
    ...Object.entries(openaiArguments).flatMap(([name, raw]) =>
      known(name, "clip", parseOpenaiClip(raw), clipParameters),
    ),
    ...Object.entries(openClipConfigs).flatMap(([name, raw]) =>
      known(
        name,
        "vision_cfg" in raw && "timm_model_name" in raw.vision_cfg ? "siglip" : "clip",
        parseOpenClip(raw),
        clipParameters,
      ),
    ),
    ...Object.entries(stableDiffusionConfigs).flatMap(([name, configs]) => diffusion(name, configs)),
  ]))
