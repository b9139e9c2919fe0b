import { lstatSync } from "node:fs"
import {
  asTransformers,
  formatOfEnding,
  openWeights,
  resizeImages,
  selectPart,
  type FloatType,
  type PartKind,
  type WeightFile,
} from "@diva/models"
import { fromEither, fromTaskEither } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { FileExists, Usage } from "../failure/cliError.ts"
import { showBytes } from "../render/number.ts"
import { Screen } from "../screen.ts"
import { convertFile } from "../weights/convertFile.ts"
import { inspectFile } from "../weights/inspectFile.ts"
import { json } from "./flags.ts"

const from = Argument.Path("in").pipe(Argument.withDescription("File or folder of weights to read"))
const to = Argument.String("out").pipe(
  Argument.withDescription("File to write: .safetensors, or .pth, .pt, .bin for PyTorch"),
)

const only = Flag.ChoiceWithValue("only", [
  ["clip", ["clip", "siglip"]],
  ["unet", ["unet"]],
  ["vae", ["vae"]],
  ["text", ["text encoder"]],
] satisfies readonly (readonly [string, readonly PartKind[]])[]).pipe(
  Flag.withDescription("Write only this model, under its own names without prefixes: clip, unet, vae or text"),
  Flag.optional,
)

const names = Flag.Literals("names", ["openai", "transformers"]).pipe(
  Flag.withDescription(
    "Write only the CLIP, under the names of OpenAI and OpenCLIP, or of transformers' CLIPModel; as they are by default",
  ),
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

const imageSize = Flag.Int("image-size").pipe(
  Flag.withDescription(
    "Resize a CLIP's positions for images of this many pixels, as OpenCLIP does; as they are by default",
  ),
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

const formatOf = (file: string) => {
  const format = formatOfEnding(file)
  return format === undefined
    ? Effect.fail(
        new Usage({
          command: "diva convert",
          rule: `${file} says by its ending no container that can be written`,
          remedy: "end it in .safetensors, or in .pth, .pt or .bin for PyTorch",
        }),
      )
    : Effect.succeed(format)
}

const requireFree = (file: string, mayReplace: boolean) =>
  !mayReplace && lstatSync(file, { throwIfNoEntry: false }) !== undefined
    ? Effect.fail(
        new FileExists({
          file,
          rule: "is there already",
          remedy: "--overwrite replaces it; another name keeps both",
        }),
      )
    : Effect.void

const select = (file: WeightFile, part: Option.Option<readonly PartKind[]>) =>
  Option.match(part, {
    onNone: () => Effect.succeed(file),
    onSome: (kinds) => fromEither(selectPart(file, ...kinds)),
  })

/** OpenAI's names lead to every other. */
const named = (file: WeightFile, style: Option.Option<"openai" | "transformers">) =>
  Option.match(style, {
    onNone: () => Effect.succeed(file),
    onSome: (wanted) =>
      Effect.map(fromEither(selectPart(file, "clip")), (clip) => (wanted === "openai" ? clip : asTransformers(clip))),
  })

const atSize = (file: WeightFile, pixels: Option.Option<number>) =>
  Option.match(pixels, {
    onNone: () => Effect.succeed(file),
    onSome: (size) => fromEither(resizeImages(file, size)),
  })

const withoutText =
  "the file holds the image tower of a CLIP without its text tower; diva export RUN OUT writes the whole CLIP of a run"

/** `diva convert`: the same tensors in another container, element type or selection. */
export const convert = Command.make(
  "convert",
  { from, to, only, names, floats, imageSize, overwrite, dryRun, json },
  Effect.fn("convert")(function* (input) {
    const screen = yield* Screen
    const format = yield* formatOf(input.to)
    yield* requireFree(input.to, input.overwrite)
    const opened = yield* Effect.acquireRelease(fromTaskEither(openWeights(input.from)), ({ close }) =>
      Effect.promise(close),
    )
    const selected = yield* named(yield* select(opened, input.only), input.names)
    const chosen = yield* atSize(selected, input.imageSize)
    const type = Option.getOrUndefined(input.floats)
    const { tensors, bytes, parts } = inspectFile(chosen, type)
    const isHalf = parts.some(({ imageTowerOf }) => imageTowerOf !== undefined)
    if (isHalf && !input.json) yield* screen.note(withoutText)
    if (!input.dryRun) yield* screen.status(`writing ${input.to}, ${showBytes(bytes)} …`)
    const written = input.dryRun ? undefined : yield* convertFile(chosen, input.to, format, type)
    const verb = written === undefined ? "would write" : "wrote"
    yield* screen.print(
      input.json
        ? JSON.stringify({ file: input.to, format, tensors: tensors.length, dataBytes: bytes, bytes: written ?? null })
        : `${verb} ${input.to}  ${format}  ${tensors.length} tensors  ${showBytes(written ?? bytes)}`,
    )
  }, Effect.scoped),
).pipe(
  Command.withDescription(
    "Write weights into another container or element type, or take one model out of a training state. Names stay those " +
      "of the original model, so that whatever loads the original loads the copy. All or nothing; one tensor in memory.",
  ),
  Command.withShortDescription("Convert weights, or export a CLIP"),
  Command.withExamples([
    { command: "diva convert ViT-L-14.pt clip.safetensors", description: "From PyTorch to safetensors" },
    { command: "diva convert CLIP_after_GenFT.pth clip.pth --only clip", description: "Export the CLIP of a run" },
    {
      command: "diva convert CLIP_after_GenFT.pth model.safetensors --names transformers",
      description: "For transformers and LLaVA",
    },
    { command: "diva convert ViT-L-14.pt l14-448.pth --image-size 448", description: "For larger images" },
    { command: "diva convert clip.pth half.safetensors --floats f16", description: "In half the bytes" },
  ]),
)
