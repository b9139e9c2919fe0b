import { fromTaskEither, isPathTaken } from "@diva/diva"
import { convertWeights, formatOfEnding, type FloatType, type WeightFile, type WritableFormat } from "@diva/models"
import { counted } from "@diva/tensor"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { FileExists, Usage } from "../failure/cliError.ts"
import { showBytes } from "../text/number.ts"
import { Screen } from "../screen/screen.ts"
import { inspectFile } from "../weights/inspectFile.ts"
import { dryRunFlag } from "../flags/flags.ts"

/** `--floats`, for commands that write weights. */
export const floats = Flag.ChoiceWithValue("floats", [
  ["f32", "F32"],
  ["f16", "F16"],
  ["bf16", "BF16"],
] satisfies readonly (readonly [string, FloatType])[]).pipe(
  Flag.withDescription("Element type to write floats in (f32, f16, bf16); unchanged by default"),
  Flag.optional,
)

/** `--overwrite`, for commands that write one file. */
export const overwrite = Flag.Boolean("overwrite").pipe(
  Flag.withDescription("Replace a file that already exists"),
  Flag.withDefault(false),
)

/** `--dry-run`, for commands that write one file. */
export const dryRun = dryRunFlag("Say what would be written, and stop")

/** The container that a file's ending names, where the file may be written. Errors: `Usage`, `FileExists`. */
export const formatFor = Effect.fnUntraced(function* (command: string, file: string, mayReplace: boolean) {
  const format = formatOfEnding(file)
  if (format === undefined)
    return yield* new Usage({
      command,
      rule: `${file} has no ending that names a container diva can write`,
      remedy: "end it in .safetensors, or in .pth, .pt or .bin for PyTorch",
    })
  if (!mayReplace && (yield* isPathTaken(file)))
    return yield* new FileExists({
      file,
      rule: "already exists",
      remedy: "--overwrite replaces it; another name keeps both",
    })
  return format
})

/** Where weights go, and as what. */
export interface Output {
  readonly file: string
  readonly format: WritableFormat
  readonly floats: Option.Option<FloatType>
  readonly dryRun: boolean
  readonly json: boolean
}

/**
 * Writes open weights, or says what would be written. `what`: what they are, besides their number and size. Errors: those of reading and
 * of writing.
 */
export const writeOutput = Effect.fnUntraced(function* (
  weights: WeightFile,
  { file, format, floats: wanted, dryRun: isDry, json: asJson }: Output,
  what: { readonly text?: string; readonly data?: Readonly<Record<string, unknown>> } = {},
) {
  const screen = yield* Screen
  const type = Option.getOrUndefined(wanted)
  const { tensors, bytes } = inspectFile(weights, type)
  if (!isDry) yield* screen.status(`writing ${file}, ${showBytes(bytes)} …`)
  const options = type === undefined ? {} : { floats: type }
  const written = isDry ? undefined : yield* fromTaskEither(convertWeights(weights, file, format, options))
  const counts = { tensors: tensors.length, dataBytes: bytes, bytes: written ?? null }
  const says = [...(what.text === undefined ? [] : [what.text]), counted(tensors.length, "tensor")].join(", ")
  yield* screen.print(
    asJson
      ? JSON.stringify({ file, format, ...what.data, ...counts })
      : `${isDry ? "would write" : "wrote"} ${file}  ${format}  ${says}  ${showBytes(written ?? bytes)}`,
  )
})
