import { readdir, stat } from "node:fs/promises"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { readFailure } from "./fileError.ts"
import { findWeights, type Variant } from "./findWeights.ts"
import type { StoredTensor } from "./storedTensor.ts"
import { tensorMissing, type TensorSpec, type WeightFile } from "./weightFile.ts"
import type { WeightsError } from "./weightsError.ts"

/** What a folder of a whole pipeline holds at its top. */
export const pipelineIndex = "model_index.json"

/** The folders of a Stable Diffusion pipeline whose weights this package has models for. */
const modelFolders = ["unet", "vae", "text_encoder"] as const

type Parts = ReadonlyMap<string, WeightFile>

const isFolder = async (file: string): Promise<boolean> =>
  (await stat(file).catch(() => undefined))?.isDirectory() === true

const namesIn = (folder: string): Promise<readonly string[] | WeightsError> =>
  readdir(folder)
    .then(async (found) => {
      // A folder may be a link, as in the caches that downloads are kept in.
      const folders = await Promise.all(found.map((name) => isFolder(path.join(folder, name))))
      return found.filter((_, i) => folders[i])
    })
    .catch((cause: unknown) => readFailure(folder, cause))

const closeAll = (parts: Parts) => async (): Promise<void> => {
  for (const { close } of parts.values()) await close()
}

/** The tensors of all parts, each under its folder's name: `unet.conv_in.weight`. */
const entriesOf = (parts: Parts): ReadonlyMap<string, TensorSpec> =>
  new Map(
    [...parts].flatMap(([part, { entries }]) =>
      Array.from(entries.values(), (spec) => {
        const name = `${part}.${spec.name}`
        return [name, { ...spec, name }] as const
      }),
    ),
  )

const readFrom =
  (folder: string, parts: Parts): WeightFile["read"] =>
  (name) => {
    const dot = name.indexOf(".")
    const part = parts.get(name.slice(0, dot))
    return part === undefined
      ? TE.left(tensorMissing(folder, name))
      : TE.map((tensor: StoredTensor) => ({ ...tensor, name }))(part.read(name.slice(dot + 1)))
  }

const together = (folder: string, parts: Parts, others: readonly string[]): WeightFile => ({
  file: folder,
  format: "diffusers folder",
  metadata: {},
  entries: entriesOf(parts),
  remarks: [
    ...Array.from(parts, ([part, { format, file }]) => `${part}: ${format}, ${path.basename(file)}`),
    ...Array.from(parts, ([part, { remarks }]) => remarks.map((remark) => `${part}: ${remark}`)).flat(),
    ...(others.length === 0 ? [] : [`folders beside the models: ${others.join(", ")}`]),
  ],
  read: readFrom(folder, parts),
  close: closeAll(parts),
})

const noModels = (folder: string): WeightsError => ({
  _tag: "ShardsInvalid",
  file: folder,
  rule: "it is the folder of a whole pipeline (diffusers) without the models",
  remedy: `fetch its folders ${modelFolders.join(", ")} as well`,
})

/**
 * Opens the models of a diffusers folder as one file of weights, each tensor under its folder's name (`unet.…`, `vae.…`,
 * `text_encoder.…`), which are also the names of DIVA's training states.
 * Errors: `ShardsInvalid`, `FileUnreadable`, and those of the files of weights inside.
 */
export const openDiffusers =
  (
    folder: string,
    variant: Variant | undefined,
    open: (file: string) => TaskEither<WeightsError, WeightFile>,
  ): TaskEither<WeightsError, WeightFile> =>
  async () => {
    const found = await namesIn(folder)
    if (!Array.isArray(found)) return E.left(found as WeightsError)
    const parts = new Map<string, WeightFile>()
    for (const name of modelFolders.filter((part) => found.includes(part))) {
      const file = await findWeights(path.join(folder, name), variant)()
      const opened = E.isLeft(file) ? file : await open(file.right)()
      if (E.isLeft(opened)) {
        await closeAll(parts)()
        return opened
      }
      parts.set(name, opened.right)
    }
    const others = found.filter((name) => !parts.has(name) && !name.startsWith("."))
    return parts.size === 0 ? E.left(noModels(folder)) : E.right(together(folder, parts, others.toSorted()))
  }
