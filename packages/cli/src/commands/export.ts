import { asTimm, asTransformers, selectPart, type WeightFile } from "@diva/models"
import { fromEither, openTrainedClip } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { Usage } from "../failure/cliError.ts"
import { json } from "../flags/flags.ts"
import { dryRun, floats, formatFor, overwrite, writeOutput } from "./outputFile.ts"

const run = Argument.Path("run").pipe(Argument.withDescription("Folder of a run: what --out named when it was trained"))

const out = Argument.String("out").pipe(
  Argument.withDescription("File to write: .safetensors, or .pth, .pt, .bin for PyTorch"),
)

const update = Flag.Int("update").pipe(
  Flag.withDescription("The update whose checkpoint is exported; the newest by default"),
  Flag.optional,
)

const styles = ["openai", "openclip", "timm", "transformers"] as const
type Style = (typeof styles)[number]

const style = Flag.Literals("style", styles).pipe(
  Flag.withDescription(
    "Whose names to write: openai and openclip (the same for OpenAI's CLIP; the default), transformers' CLIPModel, or timm's " +
      "image tower, which has no text tower",
  ),
  Flag.withDefault("openclip" as const),
)

const clip = Flag.String("clip").pipe(
  Flag.withDescription("The weights the run started from, if they are no longer where its manifest says"),
  Flag.optional,
)

const usage = (rule: string, remedy: string): Usage => new Usage({ command: "diva export", rule, remedy })

const isSiglip = (file: WeightFile): boolean =>
  [...file.entries.keys()].some((name) => name.startsWith("visual.trunk."))

/** OpenAI's class and transformers' CLIPModel have no place for a SigLIP. */
const styled = Effect.fnUntraced(function* (file: WeightFile, wanted: Style) {
  if (wanted === "openclip") return file
  if (wanted === "timm") return yield* fromEither(asTimm(file))
  if (isSiglip(file))
    return yield* usage(
      `--style ${wanted} cannot hold a SigLIP`,
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
      const format = yield* formatFor("diva export", input.out, input.overwrite)
      const trained = yield* openTrainedClip({
        folder: input.run,
        ...(Option.isSome(input.update) ? { update: input.update.value } : {}),
        ...(Option.isSome(input.clip) ? { clip: input.clip.value } : {}),
      })
      const file = yield* styled(trained.file, input.style)
      yield* writeOutput(
        file,
        { ...input, file: input.out, format },
        {
          text: `the CLIP after update ${trained.update}, ${input.style} names`,
          data: { style: input.style, update: trained.update },
        },
      )
    },
    Effect.scoped,
    anyFailure,
  ),
).pipe(
  Command.withDescription(
    "Write the whole CLIP of a run, finished or not, after its newest update or another whose checkpoint it holds: the trained image " +
      "tower, and the text tower of the weights the run started from, whose content is checked against the manifest. " +
      "The file is written whole or not at all, with one tensor in memory at a time.",
  ),
  Command.withShortDescription("Write the CLIP of a run for other programs to load"),
  Command.withExamples([
    { command: "diva export runs/one clip.safetensors", description: "After the newest update" },
    { command: "diva export runs/one --update 400 clip-400.pth", description: "After another saved update" },
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
