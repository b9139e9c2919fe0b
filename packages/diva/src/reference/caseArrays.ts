import type { HostArray } from "@diva/tensor"
import type { Parameter } from "@diva/models"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { CaseUnusable } from "./caseFields.ts"

/** The tensors of a case's files. */
export interface CaseData {
  /** `weights.safetensors`: `class_model.…`, `visual_proj.…`. */
  readonly weights: NamedArrays
  /** `sd.safetensors`: `unet.…`, `vae.…`, `text_encoder.…`. */
  readonly prior: NamedArrays
  /** `images_u8`, 0 … 255 in any element type: [n, 3, H, W]. */
  readonly images: HostArray
  /** `draws.safetensors`. */
  readonly draws: NamedArrays
}

/** Case weights are stored in f16 and computed with in f32. */
const widened = (array: HostArray): HostArray =>
  array.dtype === "f16" ? { shape: array.shape, dtype: "f32", data: Float32Array.from(array.data) } : array

/** The array called `name`, floats in f32. Throws `CaseUnusable`. */
export const arrayNamed = (arrays: NamedArrays, name: string): HostArray => {
  const found = arrays.get(name)
  if (found !== undefined) return widened(found)
  throw new CaseUnusable({ rule: `the case holds no tensor "${name}"`, remedy: "restore its files from their source" })
}

/** Arrays whose names begin with `prefix`, without it, floats in f32; of a model's `parameters` alone where they are given. */
export const under = (arrays: NamedArrays, prefix: string, parameters?: readonly Parameter[]): NamedArrays =>
  parameters === undefined
    ? new Map(
        [...arrays].flatMap(([name, array]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), widened(array)]] : [],
        ),
      )
    : new Map(parameters.map(({ name }) => [name, arrayNamed(arrays, prefix + name)]))

/** A copy under other names. */
export const prefixed = (arrays: NamedArrays, prefix: string): NamedArrays =>
  new Map([...arrays].map(([name, array]) => [prefix + name, array]))
