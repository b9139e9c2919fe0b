import { isPathTaken } from "@diva/diva"
import { formatOfEnding, type FloatType } from "@diva/models"
import { Effect } from "effect"
import { Flag } from "effect/cli"
import { FileExists, Usage } from "../failure/cliError.ts"

/** `--floats`, for commands that write weights. */
export const floats = Flag.ChoiceWithValue("floats", [
  ["f32", "F32"],
  ["f16", "F16"],
  ["bf16", "BF16"],
] satisfies readonly (readonly [string, FloatType])[]).pipe(
  Flag.withDescription("Element type to write floats in (f32, f16, bf16); as they are by default"),
  Flag.optional,
)

/** `--overwrite`, for commands that write one file. */
export const overwrite = Flag.Boolean("overwrite").pipe(
  Flag.withDescription("Replace a file that already exists"),
  Flag.withDefault(false),
)

/** `--dry-run`, for commands that write one file. */
export const dryRun = Flag.Boolean("dry-run").pipe(
  Flag.withDescription("Say what would be written, and stop"),
  Flag.withDefault(false),
)

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
