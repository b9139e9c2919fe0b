import { lstatSync } from "node:fs"
import {
  asTimm,
  asTransformers,
  convertWeights,
  formatOfEnding,
  selectPart,
  type FloatType,
  type WeightFile,
} from "@diva/models"
import { fromEither, fromTaskEither, openTrainedClip } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { FileExists, Usage } from "../failure/cliError.ts"
import { showBytes } from "../render/number.ts"
import { Screen } from "../screen.ts"
import { inspectFile } from "../weights/inspectFile.ts"
import { json } from "./flags.ts"

const run = Argument.Path("run").pipe(Argument.withDescription("Folder of a run: what --out named when it was trained"))

const out = Argument.String("out").pipe(
  Argument.withDescription("File to write: .safetensors, or .pth, .pt, .bin for PyTorch"),
)

const update = Flag.Int("update").pipe(
  Flag.withDescription("Updates after which; the newest checkpoint's by default"),
  Flag.optional,
)

const styles = ["openai", "openclip", "timm", "transformers"] as const
type Style = (typeof styles)[number]

const style = Flag.Literals("style", styles).pipe(
  Flag.withDescription(
    "Whose names: openai and openclip (one and the same for OpenAI's CLIP; the default), transformers' CLIPModel, or timm's " +
      "image tower, which has no text tower",
  ),
  Flag.withDefault("openclip" as const),
)

const clip = Flag.String("clip").pipe(
  Flag.withDescription("The weights the run began with, where they are no longer where its manifest says"),
  Flag.optional,
)

const floats = Flag.ChoiceWithValue("floats", [
  ["f32", "F32"],
  ["f16", "F16"],
  ["bf16", "BF16"],
] satisfies readonly (readonly [string, FloatType])[]).pipe(
  Flag.withDescription("Element type to write floats in (f32, f16, bf16); as they are by default"),
  Flag.optional,
)

const overwrite = Flag.Boolean("overwrite").pipe(
  Flag.withDescription("Replace a file that is there already"),
  Flag.withDefault(false),
)

const dryRun = Flag.Boolean("dry-run").pipe(
  Flag.withDescription("Say what would be written, and stop"),
  Flag.withDefault(false),
)

const usage = (rule: string, remedy: string): Usage => new Usage({ command: "diva export", rule, remedy })

const formatFor = (file: string, mayReplace: boolean) => {
  const format = formatOfEnding(file)
  if (format === undefined)
    return Effect.fail(
      usage(
        `${file} says by its ending no container that can be written`,
        "end it in .safetensors, or in .pth, .pt or .bin for PyTorch",
      ),
    )
  return !mayReplace && lstatSync(file, { throwIfNoEntry: false }) !== undefined
    ? Effect.fail(
        new FileExists({
          file,
          rule: "is there already",
          remedy: "--overwrite replaces it; another name keeps both",
        }),
      )
    : Effect.succeed(format)
}

const isSiglip = (file: WeightFile): boolean =>
  [...file.entries.keys()].some((name) => name.startsWith("visual.trunk."))

/** OpenAI's class and transformers' CLIPModel have no place for a SigLIP. */
const styled = Effect.fnUntraced(function* (file: WeightFile, wanted: Style) {
  if (wanted === "openclip") return file
  if (wanted === "timm") return yield* fromEither(asTimm(file))
  if (isSiglip(file))
    return yield* usage(
      `--style ${wanted} has no place for a SigLIP`,
      "--style openclip writes it whole, --style timm its image tower",
    )
  return wanted === "openai" ? file : asTransformers(yield* fromEither(selectPart(file, "clip")))
})

/** `diva export`: the whole CLIP of a run, at any moment. */
export const exportClip = Command.make(
  "export",
  { run, out, update, style, clip, floats, overwrite, dryRun, json },
  Effect.fn("export")(
    function* (input) {
      const screen = yield* Screen
      const format = yield* formatFor(input.out, input.overwrite)
      yield* screen.status(`reading ${input.run} …`)
      const trained = yield* openTrainedClip({
        folder: input.run,
        ...(Option.isSome(input.update) ? { update: input.update.value } : {}),
        ...(Option.isSome(input.clip) ? { clip: input.clip.value } : {}),
      })
      const file = yield* styled(trained.file, input.style)
      const type = Option.getOrUndefined(input.floats)
      const { tensors, bytes } = inspectFile(file, type)
      if (!input.dryRun) yield* screen.status(`writing ${input.out}, ${showBytes(bytes)} …`)
      const options = type === undefined ? {} : { floats: type }
      const written = input.dryRun ? undefined : yield* fromTaskEither(convertWeights(file, input.out, format, options))
      const verb = written === undefined ? "would write" : "wrote"
      const what = `the CLIP after update ${trained.update}, ${input.style} names`
      yield* screen.print(
        input.json
          ? JSON.stringify({
              file: input.out,
              format,
              style: input.style,
              update: trained.update,
              tensors: tensors.length,
              dataBytes: bytes,
              bytes: written ?? null,
            })
          : `${verb} ${input.out}  ${format}  ${what}, ${tensors.length} tensors  ${showBytes(written ?? bytes)}`,
      )
    },
    Effect.scoped,
    anyFailure,
  ),
).pipe(
  Command.withDescription(
    "Write the whole CLIP of a run, finished or not, after its newest update or one whose checkpoint it holds: the trained image " +
      "tower, and the text tower of the weights the run began with, whose content is compared with what the manifest says. " +
      "All or nothing; one tensor in memory.",
  ),
  Command.withShortDescription("Write the CLIP of a run in a style others load"),
  Command.withExamples([
    { command: "diva export runs/one clip.safetensors", description: "After the newest update" },
    { command: "diva export runs/one --update 400 clip-400.pth", description: "After another that is saved" },
    {
      command: "diva export runs/one --style transformers model.safetensors",
      description: "For transformers and LLaVA, beside the original's config.json",
    },
    {
      command: "diva export runs/one --style timm tower.safetensors --floats f16",
      description: "The image tower, for timm",
    },
  ]),
)
