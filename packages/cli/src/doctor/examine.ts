import { installedVersion } from "@diva/diva"
import { testingAgain, type AdapterFacts, type Device } from "@diva/tensor"
import { selfTestsInFile } from "@diva/tensor/self-test-file"
import { Cause, Effect, Exit } from "effect"
import { device, deviceWith } from "../machine/adapter.ts"
import { failureOf, type Failure } from "../failure/failure.ts"
import { progressLine } from "../screen/progressLine.ts"
import { version } from "../text/version.ts"
import { arithmeticProbes } from "./arithmeticProbes.ts"
import { deviceProbes } from "./deviceProbes.ts"
import { featureStates, type FeatureState } from "./features.ts"
import { numberProbes } from "./numberProbes.ts"
import type { Probe } from "./probe.ts"
import { measureSpeed, type Speed } from "./speed.ts"

/** What one probe said. */
export interface ProbeResult {
  readonly name: string
  readonly passed: boolean
  readonly measured: string
  readonly remedy?: string
}

/** What `diva doctor` knows of a machine. */
export interface Examination {
  readonly diva: string
  readonly node: { readonly version: string; readonly platform: string; readonly arch: string }
  readonly packages: Readonly<Record<string, string>>
  /** The adapter, or why there is none. */
  readonly adapter: AdapterFacts | Failure
  readonly probes: readonly ProbeResult[]
  /** What became of each feature; absent without an adapter. */
  readonly features?: readonly FeatureState[]
  readonly speed?: Speed
}

/** Node's first version with all that the programs use: source needs one that runs TypeScript. */
const oldestNode = import.meta.url.endsWith(".ts") ? ([22, 19] as const) : ([20, 9] as const)

const nodeProbe = (): ProbeResult => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  const passed = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  return {
    name: "Node is new enough",
    passed,
    measured: `${process.versions.node}, needed ${oldestNode.join(".")}`,
    ...(passed ? {} : { remedy: "start through npm (npm run diva -- doctor): it brings its own Node" }),
  }
}

const failed = ({ name, remedy }: Probe, error: unknown): ProbeResult => {
  const failure = failureOf(error)
  return { name, passed: false, measured: failure.problem, remedy: failure.remedy || remedy }
}

const ask = (probe: Probe, opened: Device): Effect.Effect<ProbeResult> =>
  Effect.exit(Effect.tryPromise({ try: () => probe.run(opened), catch: (error) => error })).pipe(
    Effect.map((exit): ProbeResult => {
      if (Exit.isFailure(exit)) return failed(probe, Cause.squash(exit.cause))
      const { passed, measured } = exit.value
      return { name: probe.name, passed, measured, ...(passed ? {} : { remedy: probe.remedy }) }
    }),
  )

const probes: readonly Probe[] = [...deviceProbes, ...arithmeticProbes, ...numberProbes]

const examineDevice = Effect.fnUntraced(function* (opened: Device, asJson: boolean) {
  const progress = yield* progressLine(asJson)
  const results: ProbeResult[] = []
  for (const probe of probes) {
    yield* progress.show({ done: results.length, total: probes.length + 1, label: probe.name })
    results.push(yield* ask(probe, opened))
  }
  yield* progress.show({ done: probes.length, total: probes.length + 1, label: "speed" })
  const speed = yield* Effect.option(Effect.tryPromise(() => measureSpeed(opened)))
  yield* progress.clear
  const features = featureStates(opened.info, opened.selfTests, process.env["DIVA_FEATURES"] ?? "")
  return { adapter: opened.info, features, results, ...(speed._tag === "Some" ? { speed: speed.value } : {}) }
})

const described = ["webgpu", "effect", "@effect/platform-node", "fp-ts", "sharp"]

const surroundings = () => ({
  diva: version,
  node: { version: process.versions.node, platform: process.platform, arch: process.arch },
  packages: Object.fromEntries(described.map((name) => [name, installedVersion(name)])),
})

/**
 * Looks at Node, packages and adapter, and puts every probe to the adapter; self-tests of features too, where they are to be
 * run again. Never fails: what is wrong is in the result.
 */
export const examine = Effect.fn("examine")(function* (testAgain = false, asJson = false) {
  const opened = testAgain ? deviceWith({ selfTests: testingAgain(selfTestsInFile()) }) : device
  const found = yield* Effect.result(Effect.scoped(Effect.flatMap(opened, (held) => examineDevice(held, asJson))))
  if (found._tag === "Failure") {
    const noAdapter: Examination = { ...surroundings(), adapter: failureOf(found.failure), probes: [nodeProbe()] }
    return noAdapter
  }
  const { adapter, features, results, speed } = found.success
  const examination: Examination = {
    ...surroundings(),
    adapter,
    probes: [nodeProbe(), ...results],
    features,
    ...(speed === undefined ? {} : { speed }),
  }
  return examination
})
