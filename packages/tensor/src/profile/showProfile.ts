import { counted } from "../text/counted.ts"
import { columns, type Side } from "../text/columns.ts"
import { shortPosition } from "../text/position.ts"
import { showBytes, showDuration, showFlops, showShare } from "../text/quantity.ts"
import type { Profile } from "./profile.ts"
import { familyWork, kernelWork, totalWork, type KernelWork, type Work } from "./summary.ts"

export interface ShowProfileOptions {
  /** Most kernels to list. Default: 25. */
  readonly kernels?: number
}

const figures = (work: Work): readonly string[] => [
  showDuration(work.seconds),
  showShare(work.share),
  work.flops === 0 ? "" : showFlops(work.flops / work.seconds, "FLOP/s"),
  work.flops === 0 ? "" : showShare(work.flopsShare),
  `${showBytes(work.bytes / work.seconds)}/s`,
  showShare(work.bytesShare),
]

const headings = ["time", "of all", "rate", "of FMA", "moved", "of copy"]

const sides: readonly Side[] = Array.from({ length: headings.length }, () => "right")

const kernelRow = (kernel: KernelWork): readonly string[] => [
  ...figures(kernel),
  kernel.groups === 1 ? "" : `${kernel.groups}×`,
  kernel.family,
  kernel.label + (kernel.staging > 0 ? ` (staging ${showShare(kernel.staging / kernel.seconds)})` : ""),
  kernel.choice,
  shortPosition(kernel.at),
]

const kernelTable = (kernels: readonly KernelWork[]): readonly string[] =>
  columns(
    [[...headings, "", "family", "kernel", "choice", "described at"], ...kernels.map(kernelRow)],
    [...sides, "right", "left", "left", "left", "left"],
  )

const familyTable = (profile: Profile): readonly string[] =>
  columns(
    [
      [...headings, "dispatches", "family"],
      ...familyWork(profile).map((work) => [...figures(work), String(work.dispatches), work.family]),
      [...figures(totalWork(profile)), String(profile.steps.length), "all"],
    ],
    [...sides, "right", "left"],
  )

const perDispatch = ({ submitSeconds, steps }: Profile): string =>
  steps.length === 0 ? "" : `, ${showDuration(submitSeconds / steps.length)} per dispatch`

/** The fastest shape of each pair of element types. */
const matrixCeilings = ({ ceilings }: Profile): string => {
  const best = new Map<string, number>()
  for (const { shape, flopsPerSecond } of ceilings.matrices) {
    const types = `${shape.operands} → ${shape.sums}`
    best.set(types, Math.max(best.get(types) ?? 0, flopsPerSecond))
  }
  return [...best].map(([types, rate]) => `, ${showFlops(rate, "FLOP/s")} on matrix units (${types})`).join("")
}

const headLines = (profile: Profile): readonly string[] => [
  `${profile.name} on ${profile.adapter}`,
  `${showDuration(profile.seconds)} in ${counted(profile.steps.length, "dispatch", "dispatches")} (median of ${counted(profile.runs, "run")} by ${profile.method}); ` +
    `ordinary run ${showDuration(profile.wallSeconds)}, of which encoding and submitting ${showDuration(profile.submitSeconds)}${perDispatch(profile)}`,
  `measured ceilings: ${showFlops(profile.ceilings.flopsPerSecond, "FLOP/s")} multiply-add, ${showBytes(profile.ceilings.bytesPerSecond)}/s copied${matrixCeilings(profile)}; ` +
    `predicted peak memory ${showBytes(profile.peakBytes)}`,
]

/** A profile as tables: totals per family, then the kernels that take longest, with their shares of the ceilings. */
export const showProfile = (profile: Profile, { kernels: most = 25 }: ShowProfileOptions = {}): string => {
  const kernels = kernelWork(profile)
  const rest = kernels.slice(most)
  const left = rest.reduce((sum, { seconds }) => sum + seconds, 0)
  return [
    ...headLines(profile),
    "",
    ...familyTable(profile),
    "",
    ...kernelTable(kernels.slice(0, most)),
    ...(rest.length === 0 ? [] : [`… and ${rest.length} more kernels of ${showDuration(left)} together`]),
  ].join("\n")
}
