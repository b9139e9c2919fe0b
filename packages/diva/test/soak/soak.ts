import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { hostFoldIn, hostKey } from "@diva/tensor"
import { Effect } from "effect"
import { readMetrics, readScores } from "../../src/run/metricsFile.ts"
import { readManifest } from "../../src/run/manifest.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { fingerprint, writeTinyShard } from "../train/tinyRun.ts"
import { moments, soakRun, type Moment } from "./soakRun.ts"

export interface SoakOptions {
  /** An empty folder. */
  readonly root: string
  /** Processes that are killed. */
  readonly kills: number
  readonly updates: number
  readonly seed: number
  /** Is told of every kill. */
  readonly tell?: (line: string) => void
}

/** Where a process dies: at the moment's nth time. */
interface Death {
  readonly moment: Moment
  readonly count: number
}

/** Most times that a moment comes before a process is killed at it: an update has 2 of training and 4 of files, a checkpoint 30. */
const mostOf: Readonly<Record<Moment, number>> = { training: 10, file: 90, evaluating: 4 }

const deathOf = (seed: number, kill: number): Death => {
  const [a, b] = hostFoldIn(hostKey(seed), kill)
  const moment = moments[a % moments.length]!
  return { moment, count: 1 + (b % mostOf[moment]) }
}

const child = join(import.meta.dirname, "soakChild.ts")

/** Runs a process that kills itself; gives the signal it ended by, or nothing where it came to its end. */
const killed = (root: string, folder: string, updates: number, { moment, count }: Death) =>
  Effect.callback<string | null>((resume) => {
    const args = [child, root, folder, String(updates), moment, String(count)]
    const running = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] })
    running.on("exit", (_code, signal) => resume(Effect.succeed(signal)))
  })

/** Everything of a run's folder that must be the same however often it was killed; not when things happened. */
const remains = Effect.fnUntraced(function* (folder: string) {
  const files = runFiles(folder)
  const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex")
  const steps = (yield* readMetrics(files.metrics)).map(({ update, loss, losses, learningRate, gradientNorm }) => ({
    update,
    loss,
    losses,
    learningRate,
    gradientNorm,
  }))
  const checkpoints = readdirSync(files.checkpoints).toSorted()
  return {
    steps,
    scores: yield* readScores(files.metrics),
    checkpoints,
    contents: checkpoints.flatMap((id) =>
      readdirSync(join(files.checkpoints, id))
        .toSorted()
        .map((name) => sha256(join(files.checkpoints, id, name))),
    ),
    clip: sha256(files.clip),
    state: (yield* readManifest(files.manifest))?.launches.at(-1)?.outcome,
  }
})

/** What is left of both runs. */
export interface Soaked {
  /** Processes that were killed, by what they did. */
  readonly deaths: Readonly<Record<Moment, number>>
  readonly bits: { readonly whole: string; readonly broken: string }
  readonly whole: Effect.Success<ReturnType<typeof remains>>
  readonly broken: Effect.Success<ReturnType<typeof remains>>
}

/** A run that is killed again and again, beside one that is not. */
export const soak: (options: SoakOptions) => Effect.Effect<Soaked, unknown> = Effect.fn("soak")(function* ({
  root,
  kills,
  updates,
  seed,
  tell = () => {},
}: SoakOptions) {
  mkdirSync(root, { recursive: true })
  yield* writeTinyShard(join(root, "data.tar"))
  const [whole, broken] = [join(root, "whole"), join(root, "broken")]
  const unbroken = yield* soakRun(root, whole, updates)
  const deaths: Record<Moment, number> = { training: 0, file: 0, evaluating: 0 }
  for (let kill = 0; kill < kills; kill++) {
    const death = deathOf(seed, kill)
    const signal = yield* killed(root, broken, updates, death)
    if (signal === "SIGKILL") deaths[death.moment]++
    tell(`${kill + 1}/${kills}  ${signal ?? "came to its end"}  ${death.moment} ${death.count}`)
  }
  const state = yield* soakRun(root, broken, updates)
  return {
    deaths,
    bits: { whole: fingerprint(unbroken), broken: fingerprint(state) },
    whole: yield* remains(whole),
    broken: yield* remains(broken),
  }
})
