import { asTransformers, openWeights, resizeImages, selectPart, type PartKind, type WeightFile } from "@diva/models"
import { fromEither, fromTaskEither } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Screen } from "../screen/screen.ts"
import { inspectFile } from "../weights/inspectFile.ts"
import { json } from "../flags/flags.ts"
import { dryRun, floats, formatFor, overwrite, writeOutput } from "./outputFile.ts"

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
    "Write only the CLIP, under the names of OpenAI and OpenCLIP, or of transformers' CLIPModel; unchanged by default",
  ),
  Flag.optional,
)

const imageSize = Flag.Int("image-size").pipe(
  Flag.withDescription(
    "Resize a CLIP's positions for images of this many pixels, as OpenCLIP does; unchanged by default",
  ),
  Flag.optional,
)

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
    const format = yield* formatFor("diva convert", input.to, input.overwrite)
    const opened = yield* Effect.acquireRelease(fromTaskEither(openWeights(input.from)), ({ close }) =>
      Effect.promise(close),
    )
    const selected = yield* named(yield* select(opened, input.only), input.names)
    const chosen = yield* atSize(selected, input.imageSize)
    const isHalf = inspectFile(chosen).parts.some(
      ({ imageTowerOf, inferredTower }) => imageTowerOf !== undefined || inferredTower !== undefined,
    )
    if (isHalf && !input.json) yield* screen.note(withoutText)
    yield* writeOutput(chosen, { ...input, file: input.to, format })
  }, Effect.scoped),
).pipe(
  Command.withDescription(
    "Write weights in another container or element type, or take one model out of a checkpoint of the original. Names stay those " +
      "of the original model, so that whatever loads the original loads the copy. The file is written whole or not at all, with one tensor in memory at a time.",
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
