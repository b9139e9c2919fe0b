import { raise } from "../error.ts"

/** What kernels can use beyond the core of WebGPU, by the names that `DIVA_FEATURES` takes, in the order of their self-tests. */
export const featureNames = [
  "timestamp-query",
  "unclamped-indices",
  "subgroups",
  "shader-f16",
  "subgroup-matrix",
] as const

export type FeatureName = (typeof featureNames)[number]

/** How a feature is asked for. */
interface FeatureSource {
  /** The WebGPU feature; absent where only the implementation's switches bring it. */
  readonly webgpu?: string
  /** Switches of Dawn without which it holds the feature back. */
  readonly toggles: readonly string[]
  /** Features that must be in use as well. */
  readonly needs: readonly FeatureName[]
  /** Where it is not asked for: matrix units of a CPU driver are loops. */
  readonly onlyHardware?: boolean
}

/**
 * Dawn keeps f16 from NVIDIA's drivers because old ones computed wrongly, and matrix units from everyone because their
 * text in WGSL is not settled; both are used here after a self-test. Index clamping is left out where the driver itself keeps
 * accesses within their bindings, which a self-test shows too.
 */
export const featureSources: Readonly<Record<FeatureName, FeatureSource>> = {
  "timestamp-query": { webgpu: "timestamp-query", toggles: [], needs: [] },
  "unclamped-indices": { toggles: ["disable_robustness"], needs: [] },
  subgroups: { webgpu: "subgroups", toggles: [], needs: [] },
  "shader-f16": { webgpu: "shader-f16", toggles: ["vulkan_enable_f16_on_nvidia"], needs: [] },
  "subgroup-matrix": {
    webgpu: "chromium-experimental-subgroup-matrix",
    toggles: ["allow_unsafe_apis", "use_vulkan_memory_model"],
    needs: ["subgroups", "shader-f16"],
    onlyHardware: true,
  },
}

const isFeatureName = (name: string): name is FeatureName => (featureNames as readonly string[]).includes(name)

/** A feature by its name here or in WebGPU. */
const featureOf = (name: string): FeatureName | undefined =>
  isFeatureName(name) ? name : featureNames.find((feature) => featureSources[feature].webgpu === name)

const unknownFeature = (attribute: string, name: string): never =>
  raise({
    _tag: "InvalidAttribute",
    op: "openDevice",
    attribute,
    rule: `there is no feature "${name}"`,
    remedy: `features are ${featureNames.join(", ")}; a minus before one refuses it, none refuses all`,
  })

/** A feature and all that cannot do without it. */
const withDependants = (refused: ReadonlySet<FeatureName>): ReadonlySet<FeatureName> =>
  new Set(
    featureNames.filter(
      (feature) => refused.has(feature) || featureSources[feature].needs.some((need) => refused.has(need)),
    ),
  )

/** Features refused by a list such as `-shader-f16,-subgroup-matrix`, `subgroups` (only these) or `none`. */
export const refusedBy = (text: string): ReadonlySet<FeatureName> => {
  const words = text.split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]))
  if (words.length === 0) return new Set()
  if (words.length === 1 && words[0] === "none") return new Set(featureNames)
  const named = (word: string): FeatureName => featureOf(word) ?? unknownFeature("DIVA_FEATURES", word)
  const refused = words.flatMap((word) => (word.startsWith("-") ? [named(word.slice(1))] : []))
  const only = words.flatMap((word) => (word.startsWith("-") ? [] : [named(word)]))
  const others = only.length === 0 ? [] : featureNames.filter((feature) => !only.includes(feature))
  return withDependants(new Set([...refused, ...others]))
}

/** Features that neither the caller nor the environment refuses. Throws `InvalidAttribute` for a name that is none. */
export const wantedFeatures = (without: readonly string[], environment: string): readonly FeatureName[] => {
  const refused = refusedBy(environment)
  const asked = new Set(without.map((name) => featureOf(name) ?? unknownFeature("without", name)))
  const left = withDependants(new Set([...refused, ...asked]))
  return featureNames.filter((feature) => !left.has(feature))
}

/** Switches of Dawn that bring the features. */
export const togglesOf = (features: readonly FeatureName[]): readonly string[] => [
  ...new Set(features.flatMap((feature) => featureSources[feature].toggles)),
]
