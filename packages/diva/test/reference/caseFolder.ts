import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { parseSafetensors } from "@diva/models"
import type { HostArray } from "@diva/tensor"
import type { CaseData } from "../../src/reference/caseArrays.ts"
import { hostArrayOf, type NamedArrays } from "../../src/weights/namedArrays.ts"

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}

export const readArrays = (file: string): NamedArrays => {
  const { tensors } = right(parseSafetensors(readFileSync(file), file))
  return new Map([...tensors].map(([name, tensor]) => [name, right(hostArrayOf(tensor))]))
}

/** The stored case: OpenAI flavour, tiny models, four steps of three micro-batches of two images. */
export const goldenFolder = join(import.meta.dirname, "..", "golden", "04_diva")

export interface StoredCase {
  readonly document: unknown
  readonly data: CaseData
  readonly expected: {
    readonly firstForward: NamedArrays
    readonly gradients: NamedArrays
    readonly parameters: NamedArrays
  }
}

export const readCase = (folder = join(goldenFolder, "openai")): StoredCase => ({
  document: JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")),
  data: {
    weights: readArrays(join(folder, "weights.safetensors")),
    prior: readArrays(join(folder, "..", "sd.safetensors")),
    images: readArrays(join(folder, "..", "images.safetensors")).get("images_u8")!,
    draws: readArrays(join(folder, "draws.safetensors")),
  },
  expected: {
    firstForward: readArrays(join(folder, "expected_first_forward.safetensors")),
    gradients: readArrays(join(folder, "expected_grads.safetensors")),
    parameters: readArrays(join(folder, "expected_final.safetensors")),
  },
})

const norm = ({ data }: Pick<HostArray, "data">): number =>
  Math.sqrt(Float64Array.from(data).reduce((sum, x) => sum + x * x, 0))

/** |got − want| / |want| in the Euclidean norm; infinite where shapes differ. */
export const relativeError = (got: HostArray | undefined, want: HostArray): number => {
  if (got === undefined || got.shape.join() !== want.shape.join()) return Infinity
  const distance = norm({ data: Float32Array.from(want.data, (x, i) => got.data[i]! - x) })
  return distance === 0 ? 0 : distance / norm(want)
}

/** The largest relative error of `want`'s tensors, with its name. */
export const worst = (got: NamedArrays, want: NamedArrays): readonly [name: string, error: number] =>
  [...want]
    .map(([name, array]) => [name, relativeError(got.get(name), array)] as const)
    .reduce((a, b) => (b[1] > a[1] || Number.isNaN(b[1]) ? b : a), ["none", 0] as readonly [string, number])
