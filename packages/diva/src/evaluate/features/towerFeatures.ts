import { homedir } from "node:os"
import * as path from "node:path"
import { Effect, Layer, Semaphore, type Scope } from "effect"
import { openDecodePool } from "../../data/decode/index.ts"
import { Gpu } from "../../gpu/gpu.ts"
import type { MachineInfo } from "../../gpu/machineInfo.ts"
import type { EvaluationEvents } from "../evaluationEvents.ts"
import type { ScoringRule } from "../rules/scoringRule.ts"
import { describeImages } from "./describeImages.ts"
import { describeTexts } from "./describeTexts.ts"
import { Features } from "./features.ts"
import type { Tower } from "./tower.ts"
import { keyOf, memoryCache, openVectorCache } from "./vectorCache.ts"

export interface FeaturesOptions {
  /** Pictures in a batch; 32. */
  readonly batch?: number
  /** Texts in a batch; 64. */
  readonly textBatch?: number
  /** Where vectors are kept from one evaluation to the next; undefined: nowhere. */
  readonly cache?: string | undefined
  /** Threads that decode and size pictures; as many as the machine has to spare. */
  readonly workers?: number
  /** Pictures from one event of progress to the next; 64. */
  readonly tellEvery?: number
}

/** Where a user's vectors are kept unless told otherwise: `diva/features` in the system's folder for caches. */
export const defaultCache = (env: Readonly<Record<string, string | undefined>> = process.env): string => {
  const folders: Readonly<Record<string, string>> = {
    win32: env["LOCALAPPDATA"] ?? path.join(homedir(), "AppData", "Local"),
    darwin: path.join(homedir(), "Library", "Caches"),
  }
  return path.join(
    folders[process.platform] ?? (env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache")),
    "diva",
    "features",
  )
}

/** What decides a rule's vectors, as far as it can be known: its name and its source. */
const ruleKey = ({ title, image, drawn }: ScoringRule): string => `${title} ${String(image)} ${String(drawn)}`

const cacheOf = (folder: string | undefined, hash: string | undefined, what: string, width: number) =>
  folder === undefined || hash === undefined
    ? Effect.sync(memoryCache)
    : openVectorCache(path.join(folder, hash, `${keyOf(what).slice(0, 16)}.vectors`), width)

/** Remembers what an effect made for each key, so that files are opened and programs compiled once. */
const once = <A, E, R>(make: (key: string) => Effect.Effect<A, E, R>) => {
  const made = new Map<string, A>()
  const one = Semaphore.makeUnsafe(1)
  const makeIt = (key: string) => Effect.tap(make(key), (value) => Effect.sync(() => made.set(key, value)))
  return (key: string): Effect.Effect<A, E, R> =>
    one.withPermits(1)(Effect.suspend(() => (made.has(key) ? Effect.succeed(made.get(key)!) : makeIt(key))))
}

/** A tower whose programs are compiled once for each rule, batch and number of draws. */
const compiledOnce = (tower: Tower): Tower => {
  const rules = new Map<string, ScoringRule>()
  const images = once((key) => {
    const [batch, draws, ...rule] = key.split(" ")
    return tower.openImages(rules.get(rule.join(" "))!, Number(batch), Number(draws))
  })
  const texts = once((key) => tower.openTexts(Number(key)))
  return {
    ...tower,
    openImages: (rule, batch, draws) => {
      rules.set(ruleKey(rule), rule)
      return images(`${batch} ${draws} ${ruleKey(rule)}`)
    },
    openTexts: (batch) => texts(String(batch)),
  }
}

/** Where numbers come from besides weights and inputs: adapters round differently. */
const machineKey = ({ vendor, architecture, description }: MachineInfo): string =>
  `${vendor} ${architecture} ${description}`

const open = Effect.fnUntraced(function* (given: Tower, options: FeaturesOptions) {
  const { batch = 32, textBatch = 64, tellEvery = 64, workers, cache: folder } = options
  const context = yield* Effect.context<Gpu | EvaluationEvents | Scope.Scope>()
  const tower = compiledOnce(given)
  const { width, imageHash, textHash, temperature, preset } = tower
  const machine = machineKey((yield* Gpu).info)
  const pool = yield* openDecodePool(workers)
  const imageCache = once((rule) =>
    cacheOf(folder, imageHash, `images ${machine} ${JSON.stringify(preset)} ${rule}`, width),
  )
  const textCache = once(() => cacheOf(folder, textHash, `texts ${machine}`, width))
  const service: Features["Service"] = {
    identity: { imageHash, textHash, temperature, width },
    images: (request) =>
      Effect.flatMap(imageCache(ruleKey(request.rule)), (cache) =>
        describeImages({ tower, pool, cache, batch, tellEvery }, request),
      ).pipe(Effect.provideContext(context)),
    texts: (groups) =>
      Effect.flatMap(textCache(""), (cache) => describeTexts({ tower, cache, batch: textBatch }, groups)).pipe(
        Effect.provideContext(context),
      ),
  }
  return service
})

/** Features by two towers on the machine, kept by content where a cache is named. */
export const towerFeatures = (
  tower: Tower,
  options: FeaturesOptions = {},
): Layer.Layer<Features, never, Gpu | EvaluationEvents> => Layer.effect(Features, open(tower, options))
