import * as path from "node:path"
import { readResults, readStudy, runStudy, shippedWorld, studyFigure, studyPage, worldIn, writeText } from "@diva/diva"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { evaluationEvents } from "../eval/evaluationSink.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { machine } from "../machine.ts"
import { Screen } from "../screen.ts"
import { trainSink } from "../trainSink.ts"
import { json } from "./flags.ts"

const flags = {
  study: Flag.String("study").pipe(
    Flag.withDescription("File of the study (study/study.json)"),
    Flag.withDefault("study/study.json"),
  ),
  results: Flag.String("results").pipe(
    Flag.withDescription("File of results, one JSON line a run (study/results.jsonl)"),
    Flag.withDefault("study/results.jsonl"),
  ),
  page: Flag.String("page").pipe(
    Flag.withDescription("Page that is written of the results; its figure in images beside it (docs/study.md)"),
    Flag.withDefault("docs/study.md"),
  ),
  world: Flag.String("world").pipe(
    Flag.withDescription("Folder of clip, diffusion, confused and control; those that come with diva by default"),
    Flag.optional,
  ),
  folder: Flag.String("folder").pipe(
    Flag.withDescription("Where scenes and runs lie while they are needed (runs/study)"),
    Flag.withDefault("runs/study"),
  ),
  only: Flag.String("only").pipe(
    Flag.withDescription("An arm to run, and no other; may be given several times"),
    Flag.between(0, 64),
  ),
  budgetMinutes: Flag.Finite("budget-minutes").pipe(
    Flag.withDescription("Begin no further run after so many minutes"),
    Flag.optional,
  ),
  json,
} as const

/** `diva study`: whether the method helps in the synthetic world, run by run. */
export const study = Command.make(
  "study",
  flags,
  Effect.fn("study")(function* (input) {
    const screen = yield* Screen
    const plan = yield* readStudy(input.study)
    const { sink } = yield* trainSink(input.json)
    const onStage = (stage: string) => screen.note(input.json ? JSON.stringify({ event: "stage", stage }) : stage)
    const left = yield* runStudy({
      study: plan,
      world: Option.isSome(input.world) ? worldIn(input.world.value) : shippedWorld,
      folder: input.folder,
      results: input.results,
      ...(input.only.length === 0 ? {} : { only: input.only }),
      ...(Option.isSome(input.budgetMinutes) ? { budgetMinutes: input.budgetMinutes.value } : {}),
      sinks: [sink],
      onStage,
    }).pipe(Effect.scoped, Effect.provide(machine(input.json)), Effect.provide(evaluationEvents(input.json)))
    const results = readResults(input.results)
    yield* writeText(input.page, studyPage(plan, results))
    yield* writeText(path.join(path.dirname(input.page), "images", "study.svg"), studyFigure(plan, results))
    yield* screen.print(
      input.json
        ? JSON.stringify({ left, results: results.length })
        : `${input.page} is written; ${left} runs are left`,
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Run a study of the method in the synthetic world: every arm with every seed, one JSON line each, and a page of them. May be " +
      "stopped and given again: what is done is not done twice.",
  ),
  Command.withShortDescription("Run the study of the method"),
  Command.withExamples([
    { command: "diva study --budget-minutes 60", description: "An hour of it" },
    { command: "diva study --only main --only random-prior", description: "Two arms" },
  ]),
)
