import { openWeights } from "@diva/models"
import { fromTaskEither } from "@diva/diva"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { inspectionData, renderInspection } from "../render/inspection.ts"
import { styleFor } from "../text/style.ts"
import { Screen } from "../screen/screen.ts"
import { renderRunInspection, runInspectionData } from "../render/runInspection.ts"
import { checkpointIn, inspectRun, type CheckpointPlace } from "../weights/inspectRun.ts"
import { json } from "../flags/flags.ts"
import { contentOf, inspectFile, ofCheckpoint } from "../weights/inspectFile.ts"

const file = Argument.Path("file").pipe(
  Argument.withDescription(
    "File of weights, an index of shards, or a folder: of one model, of a whole diffusers pipeline, of a run or a checkpoint",
  ),
)

const tensors = Flag.Boolean("tensors").pipe(
  Flag.withDescription("List every tensor: name, element type, shape"),
  Flag.withDefault(false),
)

const sha256 = Flag.Boolean("sha256").pipe(
  Flag.withDescription("Read the whole file for its SHA-256, and say which published file it is"),
  Flag.withDefault(false),
)

const checkpointLine = ({ update, run }: CheckpointPlace): string =>
  `a checkpoint of a run, after update ${update}: the trained tensors alone` +
  (run === undefined ? "" : `; diva export ${run} --update ${update} OUT writes the whole CLIP`)

/** `diva inspect`: what a file of weights is, without running anything of it. */
export const inspect = Command.make(
  "inspect",
  { file, tensors, sha256, json },
  Effect.fn("inspect")(
    function* (input) {
      const screen = yield* Screen
      const run = yield* inspectRun(input.file)
      if (run !== undefined)
        return yield* screen.print(
          input.json
            ? JSON.stringify(runInspectionData(run), null, 2)
            : renderRunInspection(run, styleFor(screen.isColourful)),
        )
      const checkpoint = yield* checkpointIn(input.file)
      if (checkpoint !== undefined && !input.json) yield* screen.print(checkpointLine(checkpoint))
      const file = checkpoint?.parameters ?? input.file
      const opened = yield* Effect.acquireRelease(fromTaskEither(openWeights(file)), ({ close }) =>
        Effect.promise(close),
      )
      const inspection = checkpoint === undefined ? inspectFile(opened) : ofCheckpoint(inspectFile(opened))
      if (input.sha256) yield* screen.status(`reading ${input.file} …`)
      const content = input.sha256 ? yield* contentOf(opened) : undefined
      yield* screen.print(
        input.json
          ? JSON.stringify(inspectionData(inspection, content), null, 2)
          : renderInspection(inspection, content, input.tensors, styleFor(screen.isColourful)),
      )
    },
    Effect.scoped,
    anyFailure,
  ),
).pipe(
  Command.withDescription(
    "Say what a file of weights is: its container, whose names it uses, which model of the zoo fits, its tensors and their " +
      "sizes, and everything unexpected. Pickles are read as data; nothing in them is run.",
  ),
  Command.withShortDescription("See what a file of weights holds"),
  Command.withExamples([
    { command: "diva inspect ViT-L-14.pt", description: "Which model is this, and in what container?" },
    {
      command: "diva inspect stable-diffusion-2-1-base/unet --tensors",
      description: "List a diffusers folder's tensors",
    },
    { command: "diva inspect stable-diffusion-2-1-base", description: "All models of a pipeline" },
    { command: "diva inspect OpenAICLIP_224.pth --sha256", description: "Is it the published file?" },
    { command: "diva inspect runs/one", description: "How far has this run come, and what does it hold?" },
    { command: "diva inspect model.bin --json | jq .parts", description: "Ask in a script" },
  ]),
)
