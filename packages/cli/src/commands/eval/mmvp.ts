import { join } from "node:path"
import {
  dataPlaces,
  DataSetInvalid,
  isThere,
  mmvpOf,
  mmvpPage,
  openMmvp,
  predictionsCsv,
  predResult,
  rescore,
  scorings,
  withClip,
  writeText,
  type ClipModel,
  type MmvpReport,
} from "@diva/diva"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { evaluationEvents } from "../../eval/evaluationSink.ts"
import { anyFailure } from "../../failure/anyFailure.ts"
import { renderMmvp } from "../../render/eval/mmvpScores.ts"
import { styleFor } from "../../text/style.ts"
import { machine } from "../../machine/machine.ts"
import { Screen } from "../../screen/screen.ts"
import { atLeast, dryRunFlag, json } from "../../flags/flags.ts"
import { featureFlags, featuresOf, modelFlags, modelOf, weightsArgument } from "./modelFlags.ts"

/** `--html`, of commands that have a page to show. */
export const htmlFlag = Flag.String("html").pipe(
  Flag.withDescription("Write an HTML page with the nine categories, draws, and the pairs whose answer changed"),
  Flag.optional,
)

/** Flags that every command on MMVP takes. */
export const mmvpFlags = {
  scoring: Flag.Literals("scoring", scorings).pipe(
    Flag.withDescription(
      "stock: class token or pooled vector; diva: as the method scores this flavour; both; all-patches: diva without draws; " +
        "first-published: as the original scored before August 2024 (both)",
    ),
    Flag.withDefault("both" as const),
  ),
  draws: atLeast("draws", "Repetitions where scoring draws patches", 1, 1),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of the draws (42)"), Flag.withDefault(42)),
  category: Flag.Literals("category", ["order", "type"]).pipe(
    Flag.withDescription("Categories by place in the list, as the original does, or by its Type column (order)"),
    Flag.withDefault("order" as const),
  ),
} as const

const out = Flag.String("out").pipe(
  Flag.withDescription("Folder for mmvp.json, pred_result.json and the predictions of each way of scoring"),
  Flag.optional,
)

/** `--data` of commands on MMVP. */
export const mmvpDataFlag = Flag.String("data").pipe(
  Flag.withDescription(
    `Folder of MMVP-VLM: Questions.csv beside a folder of images (${dataPlaces().mmvp}, where diva fetch --mmvp puts it)`,
  ),
  Flag.withDefault(dataPlaces().mmvp),
)

/** Opens MMVP; where it is neither named nor fetched, that is said. */
export const openMmvpData = (folder: string, category: "order" | "type") =>
  Effect.catchTag(openMmvp(folder, category), "DataSetInvalid", (error) =>
    Effect.flatMap(isThere(folder), (is) =>
      Effect.fail(
        folder === dataPlaces().mmvp && !is
          ? new DataSetInvalid({ folder, rule: "is not there", remedy: "give --data, or fetch it: diva fetch --mmvp" })
          : error,
      ),
    ),
  )

const slug = (text: string): string => text.replaceAll(/[^\w]+/g, "_")

/** Writes the original's files and the result with everything in it. Predictions are those of the first draw. */
export const writeMmvp = Effect.fnUntraced(function* (
  folder: string,
  report: MmvpReport,
  { name }: Pick<ClipModel, "name">,
) {
  yield* writeText(join(folder, "mmvp.json"), `${JSON.stringify(report, null, 1)}\n`)
  for (const scoring of report.scorings) {
    const { outcomes, score } = rescore(scoring)
    const file = report.scorings.length > 1 ? `Prediction_Results_${slug(scoring.rule)}.csv` : "Prediction_Results.csv"
    yield* writeText(join(folder, file), predictionsCsv(outcomes))
    const results = report.scorings.length > 1 ? `pred_result_${slug(scoring.rule)}.json` : "pred_result.json"
    yield* writeText(join(folder, results), `${JSON.stringify(predResult({ label: name, before: score }), null, 4)}\n`)
  }
})

/** `diva eval mmvp`: how many of MMVP's pairs a CLIP tells apart. */
export const mmvp = Command.make(
  "mmvp",
  {
    weights: weightsArgument(),
    data: mmvpDataFlag,
    ...mmvpFlags,
    ...modelFlags,
    ...featureFlags,
    out,
    html: htmlFlag,
    json,
    dryRun: dryRunFlag("Open weights and data, report what would be scored, and stop"),
  },
  Effect.fn("mmvp")(
    function* (input) {
      const screen = yield* Screen
      const opened = yield* openMmvpData(input.data, input.category)
      const model = yield* modelOf(input.weights, input)
      if (input.dryRun) {
        const plan = {
          model: model.name,
          row: model.row ?? null,
          flavour: model.flavour,
          pairs: opened.pairs.length,
          scoring: input.scoring,
          draws: input.draws,
          seed: input.seed,
          remarks: model.remarks,
        }
        return yield* screen.print(
          input.json
            ? JSON.stringify(plan)
            : Object.entries(plan)
                .map(([name, value]) => `${name}  ${String(value)}`)
                .join("\n"),
        )
      }
      const report = yield* mmvpOf(model, {
        data: opened,
        categoryRule: input.category,
        scoring: input.scoring,
        seed: input.seed,
        draws: input.draws,
      }).pipe(
        withClip(model, featuresOf(input)),
        Effect.provide(machine(input.json)),
        Effect.provide(evaluationEvents(input.json)),
      )
      if (Option.isSome(input.out)) yield* writeMmvp(input.out.value, report, model)
      if (Option.isSome(input.html)) yield* writeText(input.html.value, mmvpPage({ after: report, images: new Map() }))
      yield* screen.print(input.json ? JSON.stringify(report) : renderMmvp(report, styleFor(screen.isColourful)))
    },
    Effect.scoped,
    anyFailure,
  ),
).pipe(
  Command.withDescription(
    "Score a CLIP on MMVP-VLM: pairs of images that look alike to CLIP, each with a statement; a pair counts if both statements pick the right image. " +
      "Prints nine categories and their mean, stock and as the method scores its flavour, each with its count and 95 % interval.",
  ),
  Command.withShortDescription("Score a CLIP on MMVP's pairs"),
  Command.withExamples([
    {
      command: "diva eval mmvp ViT-L-14.pt",
      description: "Score stock weights in both ways on what diva fetch --mmvp downloaded",
    },
    {
      command: "diva eval mmvp runs/mine --data MMVP_VLM --draws 8 --out scores/mine",
      description: "A run, with eight draws of patches, kept in files",
    },
  ]),
)
