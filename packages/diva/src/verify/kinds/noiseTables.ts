import { join } from "node:path"
import { noiseSchedule, parseNoiseSchedule, type NoiseSchedule } from "@diva/models"
import { Effect } from "effect"
import { fromEither } from "../../fromEither.ts"
import { allowedError } from "../bars.ts"
import { arraysUnder, readCaseFile, type Arrays } from "../caseTensors.ts"
import { configIn } from "../configBounds.ts"
import { configHas, isNumber, recordIn } from "../documentFields.ts"
import type { GroupResult, TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"
import { compareElements } from "../relative.ts"

/** A table by the last part of its name: `euler.betas` and `betas` are the same numbers. */
const tableOf = (schedule: NoiseSchedule, name: string): ArrayLike<number> => {
  const tables: Readonly<Record<string, ArrayLike<number>>> = {
    betas: schedule.betas,
    alphas_cumprod: schedule.alphasCumprod,
    sqrt_alphas_cumprod: schedule.sqrtAlphasCumprod,
    sqrt_one_minus_alphas_cumprod: schedule.sqrtOneMinusAlphasCumprod,
  }
  return tables[name.split(".").at(-1) ?? name] ?? []
}

const compareTables = (schedule: NoiseSchedule, expected: Arrays, allowed: number): readonly TensorResult[] =>
  Object.entries(expected).map(([name, { data }]) => compareElements(name, tableOf(schedule, name), data, allowed))

const compareSpots = (
  { document }: ReadableCase,
  schedule: NoiseSchedule,
  allowed: number,
): readonly TensorResult[] => {
  const spots = Object.entries(recordIn(document, "spot_values") ?? {}).filter(([, value]) => isNumber(value))
  const got = spots.map(([step]) => schedule.alphasCumprod[Number(step)] ?? Number.NaN)
  const want = spots.map(([, value]) => value as number)
  return want.length === 0 ? [] : [compareElements("alphas_cumprod at single steps", got, want, allowed)]
}

const groupOf = (tensors: readonly TensorResult[]): GroupResult => ({
  name: "tables",
  tensors,
  passed: tensors.every(({ passed }) => passed),
})

/** Tables of the forward diffusion. */
export const noiseTables: SupportedKind = {
  name: "noise schedule",
  accepts: (document) => configHas(document, "beta_schedule") || configHas(document, "beta_start"),
  run: (found) =>
    Effect.gen(function* () {
      const schedule = noiseSchedule(yield* fromEither(parseNoiseSchedule(yield* configIn(found, "config"))))
      const allowed = yield* allowedError(found, {
        bar: ["tolerance", "max_rel"],
        measured: ["f32_vs_f64", "alphas_cumprod_max_rel"],
      })
      const expected = yield* arraysUnder(yield* readCaseFile(join(found.folder, "tables.safetensors")))
      const tensors = [...compareTables(schedule, expected, allowed), ...compareSpots(found, schedule, allowed)]
      return tensors.length === 0 ? [] : [groupOf(tensors)]
    }),
}
