import * as path from "node:path"
import {
  prepareStudy,
  readResults,
  readStudy,
  runStudy,
  stepsLeft,
  shippedWorld,
  studyFigure,
  studyPage,
  withKept,
  worldIn,
  writeText,
  type StudyRequest,
} from "@diva/diva"
import { counted } from "@diva/tensor"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { evaluationEvents } from "../eval/evaluationSink.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { JobsFailed, Usage } from "../failure/cliError.ts"
import { machine } from "../machine/machine.ts"
import { Screen } from "../screen/screen.ts"
import { runJobs, type JobEnd } from "../study/jobs.ts"
import { figureOf, registeredStudy, studyFiles } from "../study/studyFiles.ts"
import { trainSink } from "../screen/trainSink.ts"
import { showSeconds } from "../text/number.ts"
import { atLeast, json } from "../flags/flags.ts"

const folderOf = (name: string, meaning: string) => Flag.String(name).pipe(Flag.withDescription(meaning), Flag.optional)

const flags = {
  study: Flag.String("study").pipe(
    Flag.withDescription(`File of the study (${registeredStudy})`),
    Flag.withDefault(registeredStudy),
  ),
  results: folderOf(
    "results",
    "File of results, one JSON line a run (study/results.jsonl; beside the file of another study)",
  ),
  page: folderOf(
    "page",
    "Page to write about the results; its figure goes into the folder images beside it (docs/study.md; beside the file of another study)",
  ),
  world: folderOf("world", "Folder of clip, diffusion, confused and control; those that come with diva by default"),
  diffusion: folderOf("diffusion", "Folder of another diffusion model than the world's"),
  folder: Flag.String("folder").pipe(
    Flag.withDescription("Where scenes and runs lie while they are needed (runs/study)"),
    Flag.withDefault("runs/study"),
  ),
  only: Flag.String("only").pipe(
    Flag.withDescription("Run only these arms, separated by commas; may be given several times"),
    Flag.between(0, 64),
  ),
  jobs: atLeast("jobs", "Runs side by side, each in a process of its own", 1, 1),
  budgetMinutes: Flag.Finite("budget-minutes").pipe(
    Flag.withDescription("Start no further run after this many minutes"),
    Flag.optional,
  ),
  json,
} as const

interface Input {
  readonly study: string
  readonly results: Option.Option<string>
  readonly page: Option.Option<string>
  readonly world: Option.Option<string>
  readonly diffusion: Option.Option<string>
  readonly folder: string
  readonly only: readonly string[]
  readonly jobs: number
  readonly budgetMinutes: Option.Option<number>
  readonly json: boolean
}

const filesOf = ({ study, results, page }: Input) => {
  const own = studyFiles(study)
  return { results: Option.getOrElse(results, () => own.results), page: Option.getOrElse(page, () => own.page) }
}

const armsOf = ({ only }: Input): readonly string[] => only.flatMap((some) => some.split(",")).filter((x) => x !== "")

/** The same study for a process of its own. */
const argumentsOf = (input: Input): readonly string[] => [
  "study",
  `--study=${input.study}`,
  `--folder=${input.folder}`,
  `--results=${filesOf(input).results}`,
  `--page=${filesOf(input).page}`,
  ...(Option.isSome(input.world) ? ["--world", input.world.value] : []),
  ...(Option.isSome(input.diffusion) ? ["--diffusion", input.diffusion.value] : []),
  ...armsOf(input).flatMap((arm) => ["--only", arm]),
  ...(Option.isSome(input.budgetMinutes) ? ["--budget-minutes", String(input.budgetMinutes.value)] : []),
]

const failedJobs = (failed: readonly JobEnd[]): JobsFailed =>
  new JobsFailed({
    rule: failed.map(({ job, code, problem }) => `process ${job} ended with ${code}: ${problem}`).join("; "),
    remedy: "finished runs are kept: the same command continues; --jobs 1 shows everything that a run prints",
  })

const runAlone = Effect.fnUntraced(function* (request: StudyRequest, asJson: boolean) {
  const { sink } = yield* trainSink(asJson)
  return yield* Effect.scoped(runStudy({ ...request, sinks: [sink] }))
})

const request = Effect.fnUntraced(function* (input: Input) {
  const screen = yield* Screen
  const study = yield* readStudy(input.study)
  const only = armsOf(input)
  const names = study.arms.map(({ name }) => name)
  const unknown = only.find((arm) => !names.includes(arm))
  if (unknown !== undefined)
    return yield* new Usage({
      command: "diva study",
      rule: `${input.study} has no arm "${unknown}"`,
      remedy: `its arms are ${names.join(", ")}`,
    })
  const world = Option.match(input.world, { onNone: () => shippedWorld, onSome: worldIn })
  const given: StudyRequest = {
    study,
    world: Option.match(input.diffusion, { onNone: () => world, onSome: (diffusion) => ({ ...world, diffusion }) }),
    folder: input.folder,
    results: filesOf(input).results,
    ...(only.length === 0 ? {} : { only }),
    ...(Option.isSome(input.budgetMinutes) ? { budgetMinutes: input.budgetMinutes.value } : {}),
    onStage: (stage, left) =>
      screen.note(
        input.json
          ? JSON.stringify({ event: "stage", stage, left })
          : `${stage}${left === undefined ? "" : `; all in about ${showSeconds(left)}`}`,
      ),
  }
  return given
})

/** What all runs share is made first, then every process takes the next run that nobody has taken. */
const runSideBySide = Effect.fnUntraced(function* (given: StudyRequest, input: Input) {
  const { onStage = () => Effect.void } = given
  yield* prepareStudy(given).pipe(
    Effect.scoped,
    Effect.provide(machine(input.json)),
    Effect.provide(evaluationEvents(input.json)),
  )
  const failed = yield* runJobs(input.jobs, argumentsOf(input), (job, stage, left) =>
    Effect.runSync(onStage(`[${job}] ${stage}`, left)),
  )
  if (failed.length > 0) return yield* failedJobs(failed)
  return yield* stepsLeft(given)
})

/** `diva study`: whether the method helps in the synthetic world, run by run. */
export const study = Command.make(
  "study",
  flags,
  Effect.fn("study")(function* (input) {
    const screen = yield* Screen
    const given = yield* request(input)
    const { page, results: file } = filesOf(input)
    const left = yield* input.jobs === 1
      ? runAlone(given, input.json).pipe(
          Effect.provide(machine(input.json)),
          Effect.provide(evaluationEvents(input.json)),
        )
      : runSideBySide(given, input)
    const results = yield* readResults(file)
    const shown = yield* withKept(given.study, results)
    const names = { study: input.study, results: file, figure: figureOf(page) }
    yield* writeText(page, studyPage(shown.study, shown.results, names))
    yield* writeText(path.join(path.dirname(page), names.figure), studyFigure(shown.study, shown.results))
    yield* screen.print(
      input.json
        ? JSON.stringify({ left, results: results.length })
        : `${page} is written; ${counted(left, "run is", "runs are")} left`,
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Run a study of the method in the synthetic world: every arm with every seed, a JSON line for each run, and a page about them. It may be " +
      "stopped and started again: finished runs are not repeated. A powerful machine can run several side by side (--jobs).",
  ),
  Command.withShortDescription("Run the study of the method"),
  Command.withExamples([
    { command: "diva study --budget-minutes 60", description: "An hour of it" },
    { command: "diva study --only main,random-prior", description: "Two arms" },
    { command: "diva study --jobs 8", description: "Eight runs side by side" },
    { command: "diva study --study study/search.json --jobs 8", description: "Another study than the registered one" },
  ]),
)
