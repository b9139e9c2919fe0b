/**
 * What a set of names describes. `clip` are openai/CLIP's and OpenCLIP's names, `transformers clip` those of CLIPModel,
 * `siglip` OpenCLIP's around a timm trunk.
 */
export type PartKind = "clip" | "transformers clip" | "siglip" | "timm image tower" | "unet" | "vae" | "text encoder"

/** Whose names each kind has, for people. */
export const styleOf: Readonly<Record<PartKind, string>> = {
  clip: "OpenAI CLIP / OpenCLIP",
  "transformers clip": "transformers CLIPModel",
  siglip: "OpenCLIP with a timm image tower (SigLIP)",
  "timm image tower": "timm image tower",
  unet: "diffusers UNet",
  vae: "diffusers VAE",
  "text encoder": "transformers CLIP text model",
}

/** A name that every model of a kind has, and no model of another. */
const signatures: Readonly<Record<PartKind, string>> = {
  clip: "visual.conv1.weight",
  "transformers clip": "vision_model.embeddings.class_embedding",
  siglip: "visual.trunk.patch_embed.proj.weight",
  "timm image tower": "patch_embed.proj.weight",
  unet: "time_embedding.linear_1.weight",
  vae: "quant_conv.weight",
  "text encoder": "text_model.embeddings.token_embedding.weight",
}

/** Names beside the parameters that published files have, which models do without. */
export const ignorableNames: Readonly<Record<PartKind, readonly string[]>> = {
  clip: ["input_resolution", "context_length", "vocab_size"],
  "transformers clip": ["position_ids"],
  siglip: [],
  "timm image tower": ["head.bias"],
  unet: [],
  vae: [],
  "text encoder": ["position_ids"],
}

/** A model inside a file: its names are those that begin with the prefix ("" or ending in a dot). */
export interface FoundPart {
  readonly kind: PartKind
  readonly prefix: string
}

/** What FSDP, activation checkpointing, torch.compile and Lightning put into the middle of names. */
const wrappers: ReadonlySet<string> = new Set([
  "_fsdp_wrapped_module",
  "_fpw_module",
  "_checkpoint_wrapped_module",
  "_orig_mod",
  "_forward_module",
])

const isWrapper = (part: string, i: number): boolean => wrappers.has(part) || (part === "module" && i > 0)

const mayBeWrapped = (name: string): boolean => name.includes("._") || name.startsWith("_") || name.includes(".module.")

/** The wrappers a name mentions. */
export const wrappersIn = (name: string): readonly string[] =>
  mayBeWrapped(name) ? name.split(".").filter(isWrapper) : []

/**
 * A name without what training programs wrapped its module in: `visual._fsdp_wrapped_module.proj` → `visual.proj`. A
 * `module.` at the very front, which DistributedDataParallel puts there, stays as a prefix.
 */
export const unwrapped = (name: string): string =>
  mayBeWrapped(name)
    ? name
        .split(".")
        .filter((part, i) => !isWrapper(part, i))
        .join(".")
    : name

/** `post_quant_conv.weight` also ends in `quant_conv.weight`: what is before must be a whole name. */
const prefixOf = (name: string, signature: string): string | undefined => {
  if (!name.endsWith(signature)) return undefined
  const prefix = name.slice(0, -signature.length)
  return prefix === "" || prefix.endsWith(".") ? prefix : undefined
}

/** A checkpoint holds a handful; without a bound, names made for it would cost the square of their number. */
const maxParts = 16

/** The models inside a set of names, longest prefix first. */
export const findParts = (names: Iterable<string>): readonly FoundPart[] => {
  const parts: FoundPart[] = []
  for (const name of names)
    for (const kind of Object.keys(signatures) as PartKind[]) {
      const prefix = prefixOf(unwrapped(name), signatures[kind])
      if (prefix !== undefined) parts.push({ kind, prefix })
    }
  // The text tower of a transformers CLIP has the names of Stable Diffusion's text encoder.
  // A timm tower inside OpenCLIP's SigLIP is that model's.
  const isOwnModel = ({ kind, prefix }: FoundPart): boolean => {
    if (kind === "timm image tower") return !prefix.endsWith("visual.trunk.")
    return kind !== "text encoder" || !parts.some((part) => part.kind === "transformers clip" && part.prefix === prefix)
  }
  return parts
    .toSorted((a, b) => b.prefix.length - a.prefix.length)
    .filter(isOwnModel)
    .slice(0, maxParts)
}

/** The part a name belongs to: the one with the longest prefix. `parts` as `findParts` orders them. */
export const partOfName = (parts: readonly FoundPart[], name: string): FoundPart | undefined =>
  parts.find(({ prefix }) => unwrapped(name).startsWith(prefix))
