import { readdir } from "node:fs/promises"
import * as path from "node:path"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { readFailure } from "./fileError.ts"
import type { WeightsError } from "./weightsError.ts"

/** Precision of the files of a diffusers folder: "full" are those without `.fp16` in their names. */
export type Variant = "full" | "f16"

/** What diffusers, transformers and OpenCLIP call a folder's weights, safetensors before pickles. */
const stems: readonly (readonly [stem: string, endings: readonly string[]])[] = [
  ["diffusion_pytorch_model", [".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json"]],
  ["model", [".safetensors", ".safetensors.index.json"]],
  ["pytorch_model", [".bin", ".bin.index.json"]],
  ["open_clip_model", [".safetensors"]],
  ["open_clip_pytorch_model", [".safetensors", ".bin"]],
]

/** Whether a file is a list of shards. */
export const isIndex = (file: string): boolean => file.endsWith(".index.json")

/** `model.safetensors` → `model.fp16.safetensors`, `x.bin.index.json` → `x.bin.index.fp16.json`: both spellings exist. */
const spellings = (stem: string, ending: string, variant: Variant): readonly string[] =>
  variant === "full"
    ? [`${stem}${ending}`]
    : [`${stem}.fp16${ending}`, `${stem}${ending.replace(/\.index\.json$/, ".index.fp16.json")}`].filter((name) =>
        name.includes(".fp16"),
      )

const candidates = (variant: Variant): readonly string[] =>
  stems.flatMap(([stem, endings]) => endings.flatMap((ending) => spellings(stem, ending, variant)))

/** What other systems leave beside files: `._model.safetensors`, `.DS_Store`. */
const isHidden = (name: string): boolean => name.startsWith(".")

const choose = (all: readonly string[], wanted: Variant | undefined): string | undefined => {
  const names = all.filter((name) => !isHidden(name))
  const variants: readonly Variant[] = wanted === undefined ? ["full", "f16"] : [wanted]
  const usual = variants.flatMap(candidates).find((name) => names.includes(name))
  const others = names.filter((name) => /\.(safetensors|bin|pt|pth)$/.test(name))
  return usual ?? (others.length === 1 && wanted === undefined ? others[0] : undefined)
}

const noWeights = (folder: string): WeightsError => ({
  _tag: "ShardsInvalid",
  file: folder,
  rule: "it is a folder without weights under any usual name",
  remedy: `name a file of weights, or a folder with e.g. ${candidates("full").slice(0, 2).join(" or ")}`,
})

/** The file, or list of shards, that holds a folder's weights. Errors: `ShardsInvalid`, `FileUnreadable`. */
export const findWeights = (folder: string, variant?: Variant): TaskEither<WeightsError, string> =>
  pipe(
    TE.tryCatch(
      () => readdir(folder),
      (cause): WeightsError => readFailure(folder, cause),
    ),
    TE.chain((names) => {
      const name = choose(names, variant)
      return name === undefined ? TE.left(noWeights(folder)) : TE.right(path.join(folder, name))
    }),
  )
