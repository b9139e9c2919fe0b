import { featureNames, wantedFeatures, type AdapterFacts, type FeatureName, type SelfTestResult } from "@diva/tensor"

/** Why a feature is in use or is not. */
export interface FeatureState {
  readonly feature: FeatureName
  readonly state: "in use" | "refused" | "not offered" | "wrong" | "not needed"
  /** What its self-test found, or who refused it. */
  readonly found: string
  readonly remembered?: boolean
}

const tested = ({ feature, passed, found, remembered }: SelfTestResult): FeatureState => ({
  feature,
  // A driver that does not check accesses computes as well as another, with clamped indices.
  state: passed ? "in use" : feature === "unclamped-indices" ? "not offered" : "wrong",
  found,
  remembered,
})

/** What became of every feature that kernels can use. */
export const featureStates = (
  adapter: Pick<AdapterFacts, "features" | "isSoftware">,
  results: readonly SelfTestResult[],
  environment: string,
): readonly FeatureState[] => {
  const wanted = wantedFeatures([], environment)
  return featureNames.map((feature): FeatureState => {
    const result = results.find((each) => each.feature === feature)
    if (result !== undefined) return tested(result)
    if (!wanted.includes(feature)) return { feature, state: "refused", found: "by DIVA_FEATURES" }
    if (adapter.features.includes(feature)) return { feature, state: "in use", found: "" }
    if (feature === "subgroup-matrix" && adapter.isSoftware)
      return { feature, state: "not needed", found: "matrix units of a processor are loops" }
    return { feature, state: "not offered", found: "" }
  })
}
