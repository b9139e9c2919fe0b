import { Cause, DateTime, Effect, Exit, Ref, Schema } from "effect"
import { decodeText, readFailure, type FileError } from "@diva/models"
import { type DataIdentity, Shards, type ShardsManifest } from "../data/index.ts"
import { executionSettings, settingsOf, type Settings } from "../train/config/settings.ts"
import type { RowIdentity } from "../rows/index.ts"
import type { ModelWeights } from "../weights/modelWeights.ts"
import type { TrainConfig } from "../train/config/trainConfig.ts"
import type { EventSink, ObserverName, TrainEvent } from "../train/observe/events.ts"
import type { TrainError } from "../train/trainError.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { MachineInfo } from "../gpu/machineInfo.ts"
import { computedDifferently, type Computed, type ProgramRecord } from "../gpu/programRecord.ts"
import { provenance, type Provenance } from "./provenance.ts"
import { weightsHash } from "../weights/weightArray.ts"
import { decoded } from "../files/decoded.ts"
import { isMissing, reading, storage } from "../files/storage.ts"
import { ManifestFields } from "./manifestFields.ts"
import { writeJson } from "../files/writeJson.ts"

/** One process of a run: a run that was stopped and resumed has several. */
export interface Launch extends Provenance {
  readonly started: string
  readonly ended: string | null
  readonly outcome: "running" | "finished" | "interrupted" | "failed"
  /** Tag of the error of a failed launch. */
  readonly error?: string
  /** Updates done at its end. */
  readonly update?: number
  readonly commandLine: readonly string[]
  readonly machine: MachineInfo
  /** What observes the run, with the updates between observations. */
  readonly observers?: readonly ObserverName[]
  /** What its programs were compiled to so far, with the kernels that tuning or rules chose. */
  readonly programs?: readonly ProgramRecord[]
}

/** Files or folders that a run's weights were read from. */
export interface WeightSources {
  readonly clip?: string
  readonly sd?: string
}

/** Everything a run was made from: what decides its numbers, and where and by what they were computed. */
export interface RunManifest {
  readonly format: "diva-run"
  readonly version: 1
  /** The row that it trains, or was made from; what a run changes of it stands among the settings. */
  readonly row?: RowIdentity
  /** Condition, every switch, batch, optimisation, seed, prompt, order of data. */
  readonly settings: Settings
  /** Content hash of each model's initial weights. */
  readonly weights: Readonly<Record<keyof ModelWeights, string>>
  /** Where the weights lay when the run began: absolute paths. Those drawn from a seed have none. */
  readonly sources?: WeightSources
  readonly data: ShardsManifest & DataIdentity
  readonly launches: readonly Launch[]
}

const hashes = ({ clip, visualProjection, unet, vae, text }: ModelWeights) =>
  Effect.all({
    clip: weightsHash(clip),
    visualProjection: weightsHash(visualProjection),
    unet: weightsHash(unet),
    vae: weightsHash(vae),
    text: weightsHash(text),
  })

const now = Effect.map(DateTime.now, DateTime.formatIso)

const moveAway = "move it away: resuming then writes a new one, and leaves the checkpoints beside it alone"

const notManifest = (file: string): FileError => ({
  _tag: "FileUnreadable",
  file,
  rule: "it is not the manifest of a run, or has another version",
  remedy: moveAway,
})

const isManifest = Schema.is(Schema.Struct({ format: Schema.Literal("diva-run"), version: Schema.Literal(1) }))

const jsonOf = (file: string, bytes: Uint8Array): Effect.Effect<unknown, FileError> =>
  Effect.try({ try: (): unknown => JSON.parse(decodeText(bytes)), catch: (cause) => readFailure(file, cause) })

/** The manifest in `file`; undefined where there is none. Errors: `FileUnreadable`, whose rule names the field that does not fit. */
export const readManifest = Effect.fn("readManifest")(function* (
  file: string,
): Effect.fn.Return<RunManifest | undefined, FileError> {
  const { files } = yield* storage
  const none = () => Effect.succeed<Uint8Array | undefined>(undefined)
  const bytes = yield* reading(file)(Effect.catchIf(files.readFile(file), isMissing, none))
  if (bytes === undefined) return undefined
  const value = yield* jsonOf(file, bytes)
  if (!isManifest(value)) return yield* Effect.fail(notManifest(file))
  const remedy = `correct that field, or ${moveAway}`
  return (yield* decoded(ManifestFields, value, { file, remedy })) as unknown as RunManifest
})

const newLaunch = Effect.fnUntraced(function* (commandLine: readonly string[]) {
  const launch: Launch = {
    started: yield* now,
    ended: null,
    outcome: "running",
    commandLine,
    machine: (yield* Gpu).info,
    ...(yield* provenance),
  }
  return launch
})

/** Where a run comes from: nothing of it decides a number. */
export interface RunOrigin {
  readonly row?: RowIdentity | undefined
  readonly sources?: WeightSources | undefined
}

const describe = Effect.fnUntraced(function* (config: TrainConfig, { row, sources }: RunOrigin) {
  const { manifest: shards, identity } = yield* Shards
  const manifest: RunManifest = {
    format: "diva-run",
    version: 1,
    ...(row === undefined ? {} : { row }),
    settings: settingsOf(config, shards),
    weights: yield* hashes(config.weights),
    data: { ...shards, ...(yield* identity) },
    launches: [],
    ...(sources === undefined ? {} : { sources }),
  }
  return manifest
})

const ending = (exit: Exit.Exit<unknown, unknown>): Pick<Launch, "outcome" | "error"> => {
  if (Exit.isSuccess(exit)) return { outcome: "finished" }
  if (Cause.hasInterruptsOnly(exit.cause)) return { outcome: "interrupted" }
  const error: unknown = Cause.squash(exit.cause)
  const tagged = typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "defect"
  return { outcome: "failed", error: tagged }
}

const tellDifferences = (before: Computed, now: Computed, tell: EventSink): Effect.Effect<void, FileError> => {
  const differences = computedDifferently(before, now)
  if (differences.length === 0) return Effect.void
  return tell({
    _tag: "computesDifferently",
    rule: `the run continues equal to rounding, not bit for bit: ${differences.join("; ")}`,
    remedy:
      "for the same bits, resume on the same adapter with the version and the tuning cache the run was started with",
  })
}

/** A machine that was lost and reopened compiled its programs once more. */
const distinct = (programs: readonly ProgramRecord[]): readonly ProgramRecord[] => [
  ...new Map(programs.map((program) => [`${program.name} ${program.sha256}`, program])).values(),
]

type Started = Extract<TrainEvent, { readonly _tag: "started" }>

/** A run's manifest while the run lasts. */
export interface OpenManifest {
  /** Writes the manifest when the run starts, and notes how far it gets. */
  readonly sink: EventSink
  /** Completes this process's launch. Of a run that found everything done, the launch of the process that was killed. */
  readonly complete: (exit: Exit.Exit<unknown, unknown>) => Effect.Effect<void, FileError>
}

/** A process that finds everything done comes after one that was killed before it could say so: it says so for it. */
const completeKilled = Effect.fnUntraced(function* (file: string, opened: Launch) {
  const manifest = yield* readManifest(file)
  if (manifest === undefined || manifest.launches.at(-1)?.outcome === "finished") return
  const launch: Launch = { ...opened, outcome: "finished", ended: yield* now }
  yield* writeJson(file, { ...manifest, launches: [...manifest.launches, launch] })
})

/**
 * The manifest of a run in `file`: written when the run has started, completed when it ends. A run that resumes adds a
 * launch to the manifest that is there; `tell` is called with the ways in which that launch computes differently from the last. Errors:
 * `FileUnreadable` (data that cannot be hashed, a file that is not a manifest), those of reading weights.
 */
export const openManifest = Effect.fn("openManifest")(function* (
  file: string,
  config: TrainConfig,
  commandLine: readonly string[],
  tell: EventSink = () => Effect.void,
  origin: RunOrigin = {},
): Effect.fn.Return<OpenManifest, TrainError, Gpu | Shards> {
  const gpu = yield* Gpu
  const fresh: RunManifest = yield* describe(config, origin)
  const opened = yield* newLaunch(commandLine)
  const written = yield* Ref.make<RunManifest | undefined>(undefined)
  const reached = yield* Ref.make(0)
  // A machine may have served other runs before this one.
  const earlier = (yield* gpu.compiled).length
  const programs = Effect.map(gpu.compiled, (all) => distinct(all.slice(earlier)))
  const write = (manifest: RunManifest) => Effect.andThen(writeJson(file, manifest), Ref.set(written, manifest))
  const begin = Effect.fnUntraced(function* ({ from, execution, observers }: Started) {
    const computed = execution === undefined ? {} : executionSettings(execution)
    const settled = { ...fresh, settings: { ...fresh.settings, ...computed } }
    const base = (from > 0 ? yield* readManifest(file) : undefined) ?? settled
    const launch = { ...opened, observers, programs: yield* programs }
    yield* write({ ...base, launches: [...base.launches, launch] })
    const before = base.launches.at(-1)
    if (before !== undefined) yield* tellDifferences(before, launch, tell)
    yield* Ref.set(reached, from)
  })
  const change = Effect.fnUntraced(function* (changes: Partial<Launch>) {
    const manifest = yield* Ref.get(written)
    if (manifest === undefined) return
    const launch = { ...manifest.launches.at(-1)!, ...changes }
    yield* write({ ...manifest, launches: [...manifest.launches.slice(0, -1), launch] })
  })
  /** A program that was compiled after the start: recorded at once, and compared with the launch before. */
  const record = Effect.fnUntraced(function* () {
    const [all, manifest] = [yield* programs, yield* Ref.get(written)]
    const [before, launch] = manifest?.launches.slice(-2) ?? []
    const fresh = all.slice(launch?.programs?.length ?? 0)
    yield* change({ programs: all })
    if (before !== undefined && launch !== undefined)
      yield* tellDifferences({ ...before, machine: launch.machine }, { machine: launch.machine, programs: fresh }, tell)
  })
  const open: OpenManifest = {
    sink: (event) => {
      if (event._tag === "started") return begin(event)
      if (event._tag === "compiled") return record()
      if (event._tag === "reopened") return Ref.set(reached, event.from)
      return event._tag === "step" ? Ref.set(reached, event.update) : Effect.void
    },
    complete: Effect.fnUntraced(function* (exit) {
      if ((yield* Ref.get(written)) === undefined)
        return Exit.isSuccess(exit) ? yield* completeKilled(file, opened) : undefined
      yield* change({ ...ending(exit), update: yield* Ref.get(reached), ended: yield* now })
    }),
  }
  return open
})
