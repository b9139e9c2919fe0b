import { columns } from "@diva/tensor"
import type { AdapterFacts, MatrixCeiling } from "@diva/tensor"
import type { Examination, ProbeResult } from "./examine.ts"
import type { FeatureState } from "./features.ts"
import type { Speed } from "./speed.ts"
import { verdictOf } from "./verdict.ts"
import { showBytes, showCount } from "../text/number.ts"
import type { Style } from "../text/style.ts"

/** Limits that decide what can be trained, with how to show them. */
const shownLimits: Readonly<Record<string, (value: number) => string>> = {
  maxBufferSize: showBytes,
  maxStorageBufferBindingSize: showBytes,
  maxStorageBuffersPerShaderStage: showCount,
  maxComputeWorkgroupStorageSize: showBytes,
  maxComputeInvocationsPerWorkgroup: showCount,
  maxComputeWorkgroupsPerDimension: showCount,
}

const section = (title: string, rows: readonly (readonly string[])[], style: Style): readonly string[] => [
  style.strong(title),
  ...columns(
    rows.map((row) => ["", ...row]),
    ["left", "left", "left"],
  ),
  "",
]

const adapterRows = ({ vendor, architecture, description, isSoftware }: AdapterFacts) => [
  ["vendor", vendor || "not told"],
  ["architecture", architecture || "not told"],
  ["driver", description || "not told"],
  ["kind", isSoftware ? "software: a processor stands in for a GPU" : "hardware"],
]

const limitRows = ({ limits }: AdapterFacts) =>
  Object.entries(shownLimits).flatMap(([name, show]) => {
    const value = limits[name]
    return value === undefined ? [] : [[name, show(value)]]
  })

const probeLines = (probes: readonly ProbeResult[], style: Style): readonly string[] => {
  const rows = columns(
    probes.map(({ name, passed, measured }) => [passed ? "  ok" : "  FAIL", name, measured.split("\n")[0] ?? ""]),
    ["left", "left", "left"],
  )
  return probes.flatMap(({ passed, remedy }, i) => [
    passed ? (rows[i] ?? "") : style.bad(rows[i] ?? ""),
    ...(remedy === undefined ? [] : [`        try  ${remedy.replaceAll("\n", "\n             ")}`]),
  ])
}

const rate = (perSecond: number, unit: string): string =>
  perSecond >= 1e12
    ? `${Number((perSecond / 1e12).toPrecision(3))} T${unit}`
    : `${Number((perSecond / 1e9).toPrecision(3))} G${unit}`

const matrixRow = ({ shape: { m, n, k, operands, sums }, flopsPerSecond }: MatrixCeiling) => [
  `matrices ${m}×${n}×${k} ${operands} → ${sums}`,
  rate(flopsPerSecond, "FLOP/s"),
]

const speedRows = ({ copyBytesPerSecond, fmaFlopsPerSecond, matrices }: Speed) => [
  ["copy", rate(copyBytesPerSecond, "B/s")],
  ["multiply-add", rate(fmaFlopsPerSecond, "FLOP/s")],
  ...matrices.map(matrixRow),
]

const featureRow = ({ feature, state, found, remembered }: FeatureState) => [
  feature,
  state === "wrong" ? "WRONG, not used" : state,
  remembered === true ? `${found} (tested before)` : found,
]

const featureLines = (features: readonly FeatureState[], style: Style): readonly string[] => {
  const rows = columns(
    features.map((each) => ["", ...featureRow(each)]),
    ["left", "left", "left", "left"],
  )
  return [
    style.strong("Features"),
    ...features.map(({ state }, i) => (state === "wrong" ? style.bad(rows[i] ?? "") : (rows[i] ?? ""))),
    "",
  ]
}

const verdictLine = (examination: Examination, style: Style): string => {
  const verdict = verdictOf(examination)
  switch (verdict) {
    case "ready":
      return style.good("ready: this adapter runs everything")
    case "ready, slow":
      return style.good("ready, slow: computes correctly; a GPU would be many times faster")
    case "unusable":
      return style.bad("unusable: see the failed probes and their remedies")
  }
}

/** The examination as a page of text. */
export const renderExamination = (examination: Examination, style: Style): string => {
  const { diva, node, packages, adapter, probes, speed } = examination
  const software = [
    ["diva", diva],
    ["node", `${node.version} on ${node.platform} ${node.arch}`],
    ...Object.entries(packages).map(([name, version]) => [name, version]),
  ]
  return [
    ...section("Software", software, style),
    ...("problem" in adapter
      ? [style.strong("Adapter"), style.bad(`  ${adapter.problem}`), `  try  ${adapter.remedy}`, ""]
      : [
          ...section("Adapter", adapterRows(adapter), style),
          ...featureLines(examination.features ?? [], style),
          ...section("Limits", limitRows(adapter), style),
        ]),
    style.strong("Probes"),
    ...probeLines(probes, style),
    "",
    ...(speed === undefined ? [] : section("Speed", speedRows(speed), style)),
    verdictLine(examination, style),
  ].join("\n")
}

/** The examination as data. */
export const examinationData = (examination: Examination) => {
  const { adapter, ...rest } = examination
  const verdict = verdictOf(examination)
  return {
    ok: verdict !== "unusable",
    verdict,
    ...rest,
    ...("problem" in adapter
      ? { adapter: null, error: { tag: adapter.tag, problem: adapter.problem, remedy: adapter.remedy } }
      : { adapter }),
  }
}
