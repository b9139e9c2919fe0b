// Makes the synthetic world anew by the commands in world.json, and compares its scores with those that are stated there.
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { columns } from "@diva/tensor"
import {
  compareWorld,
  EvaluationEvents,
  folderHash,
  Gpu,
  holdRun,
  measureModels,
  readWorldStatement,
  scoredModels,
  shippedFolder,
  shippedWorld,
  worldIn,
  type ComparedScore,
  type MeasureWorld,
  type WorldFiles,
  type WorldStatement,
} from "@diva/diva"
import { Effect } from "effect"
import { renderWorld } from "../../packages/cli/src/render/eval/worldScores.ts"
import { showSeconds } from "../../packages/cli/src/text/number.ts"
import { plain } from "../../packages/cli/src/text/style.ts"
import { runSteps, StepStopped } from "./runSteps.ts"
import { chosenSteps, readRecords, standing, stepsOf, type Step, type StepRecord } from "./worldSteps.ts"

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url))

const say = (line: string): void => void process.stderr.write(`${line}\n`)

type IsDone = (group: string) => boolean

/** Where a group leaves its pairs, or its model: `diva pretrain` writes that into a folder of its kind, beside the run's other files. */
const placeOf = (steps: readonly Step[], group: string): string => {
  const { command, outs } = steps.findLast((step) => step.group === group)!
  return join(...outs, command.startsWith("diva pretrain ") ? group : ".")
}

/** The VAE that was made, as long as no diffusion model has been made on it. */
const vaeOf = (folder: string, steps: readonly Step[], isDone: IsDone): string | undefined =>
  isDone("vae") && !isDone("diffusion") ? join(folder, placeOf(steps, "vae")) : undefined

/** A world that was made whole; otherwise the one that ships, with what was made in its place. */
export const worldOf = (folder: string, steps: readonly Step[], isDone: IsDone): WorldFiles => {
  const whole = worldIn(join(folder, "world"))
  const parts = Object.keys(whole) as readonly (keyof WorldFiles)[]
  if (isDone("world") && parts.every(isDone)) return whole
  const made = parts.filter(isDone).map((part) => [part, join(folder, placeOf(steps, part))] as const)
  return { ...shippedWorld, ...Object.fromEntries(made) }
}

/**
 * Whether groups bring a score: that of their model (`clip.objects`, `vae.error`), or on their pairs (`clip.control`). Pairs that another
 * CLIP confuses say nothing of this one, so `clip.confused` waits for its own.
 */
export const bring = (groups: readonly string[], isDone: IsDone, score: string): boolean => {
  const [model = "", what = ""] = score.split(".")
  return (groups.includes(model) || groups.includes(what)) && (what !== "confused" || isDone(what))
}

/** What each step made, when, and how long it took. */
export const renderSteps = (steps: readonly Step[], known: ReadonlyMap<Step, StepRecord>): string =>
  columns(
    [
      ["step", "made", "done", "took"],
      ...steps.map((step, i) => {
        const { date, seconds } = known.get(step)!
        return [`${i + 1} ${step.group}`, step.outs[0] ?? step.command, date.slice(0, 10), showSeconds(seconds)]
      }),
    ],
    ["left", "left", "left", "right"],
  ).join("\n")

/** Of a world's parts that were made, whether they are those that ship, bit for bit. */
export const sameBits = Effect.fnUntraced(function* (world: WorldFiles, vae?: string) {
  const parts = Object.entries(shippedWorld).map(
    ([part, shipped]) => [part, world[part as keyof WorldFiles], shipped] as const,
  )
  const withVae = vae === undefined ? parts : [...parts, ["vae", vae, join(shippedWorld.diffusion, "vae")] as const]
  const made = withVae.filter(([, folder, shipped]) => folder !== shipped)
  return yield* Effect.forEach(made, ([part, folder, shipped]) =>
    Effect.map(Effect.all([folderHash(folder), folderHash(shipped)]), ([a, b]) => ({ part, same: a === b })),
  )
})

/** The same in words. */
export const renderBits = (parts: readonly { readonly part: string; readonly same: boolean }[]): string => {
  const line = (what: string, wanted: boolean): readonly string[] => {
    const names = parts.filter(({ same }) => same === wanted).map(({ part }) => part)
    return names.length === 0 ? [] : [`${what}: ${names.join(", ")}`]
  }
  return [...line("the same bits as what ships", true), ...line("other bits than what ships", false)].join("\n")
}

/** Scores beside what is stated of them, those that are wanted. */
const judged = Effect.fnUntraced(
  function* (request: MeasureWorld, statement: WorldStatement, wanted: readonly string[]) {
    const models = scoredModels.filter((model) => wanted.some((score) => score.startsWith(`${model}.`)))
    const { seed, samples } = statement.measured
    const onStage = (stage: string) => Effect.sync(() => say(stage))
    const estimates = yield* measureModels(models, { ...request, seed, samples, onStage })
    return compareWorld(statement, { estimates }).filter(({ name }) => wanted.includes(name))
  },
  Effect.scoped,
  Effect.provide(Gpu.layer()),
  Effect.provide(EvaluationEvents.layerSilent),
)

/** The verdict on scores, as text and exit code. */
export const verdictOn = (scores: readonly ComparedScore[]): { readonly text: string; readonly code: number } => {
  const outside = scores.filter(({ holds }) => !holds).map(({ name }) => name)
  const table = renderWorld(scores, plain)
  if (outside.length === 0) return { text: `${table}\n\nevery score lies within its interval`, code: 0 }
  const chance = "a world trained anew may fall outside one interval in twenty by chance"
  return { text: `${table}\n\noutside their intervals: ${outside.join(", ")} (${chance})`, code: 1 }
}

interface Made {
  readonly steps: readonly Step[]
  readonly known: ReadonlyMap<Step, StepRecord>
}

/** The steps of groups, run. */
const run = async (folder: string, all: readonly Step[], groups: readonly string[]): Promise<Made> => {
  const known = standing(all, readRecords(folder))
  const steps = chosenSteps(all, groups, (step) => known.get(step)?.finished === true)
  await runSteps({ folder, steps, known, diva: [process.execPath, main], say })
  return { steps, known }
}

/** Two calls in one folder would write the same runs, and each forget what the other had done. */
export const alone = <A>(folder: string, work: () => Promise<A>): Promise<A> => {
  const held = Effect.mapError(holdRun(folder), (error) => {
    const remedy =
      error._tag === "RunLocked" ? "wait for it or stop it with Ctrl-C, or name another folder" : error.remedy
    return new Error(`${error.rule}; ${remedy}`)
  })
  const working = Effect.tryPromise({ try: work, catch: (error) => error })
  return Effect.runPromise(Effect.scoped(Effect.andThen(held, working)))
}

/** Runs the steps of groups; undefined, with the exit code set and the reason said, where one did not end. */
const made = async (folder: string, all: readonly Step[], groups: readonly string[]): Promise<Made | undefined> => {
  try {
    return await alone(folder, () => run(folder, all, groups))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    say(error.message)
    process.exitCode = error instanceof StepStopped ? error.code : 1
    return undefined
  }
}

/** Makes groups of the world (all, where none is named) in a folder and judges them; the exit code tells the verdict. */
export const worldAnew = async (folder: string, only: readonly string[] | undefined): Promise<void> => {
  const statement = await Effect.runPromise(readWorldStatement(shippedFolder))
  const all = stepsOf(statement.commands)
  const groups = only ?? Object.keys(statement.commands)
  const found = await made(folder, all, groups)
  if (found === undefined) return
  const isDone = (group: string) =>
    all.every((step) => step.group !== group || found.known.get(step)?.finished === true)
  const [world, vae] = [worldOf(folder, all, isDone), vaeOf(folder, all, isDone)]
  const bits = renderBits(await Effect.runPromise(sameBits(world, vae)))
  process.stdout.write(`${renderSteps(found.steps, found.known)}\n${bits === "" ? "" : `\n${bits}\n`}`)
  const wanted = Object.keys(statement.measured.estimates).filter((score) => bring(groups, isDone, score))
  if (wanted.length === 0) return
  const request = vae === undefined ? { world } : { world, vae }
  const { text, code } = verdictOn(await Effect.runPromise(judged(request, statement, wanted)))
  process.stdout.write(`\n${text}\n`)
  process.exitCode = code
}
