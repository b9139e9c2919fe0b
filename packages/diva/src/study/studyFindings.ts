import { meanOf } from "../evaluate/statistics/studentT.ts"
import type { Study } from "./study.ts"
import { against, enoughRuns, gains, onControl, shownPoints, sideOf } from "./studyGains.ts"
import type { StudyResult } from "./studyResults.ts"

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ")

const sentences = {
  above: [
    "raises the share of solved control pairs",
    "raise the share of solved control pairs",
    ", with the whole interval above 0",
  ],
  below: ["lowers it", "lower it", ", with the whole interval below 0"],
  both: ["shows no difference", "show no difference", ": intervals hold 0"],
} as const

/** What all arms say together, in sentences that follow from their intervals alone. */
export const studyFindings = ({ registered, arms }: Study, results: readonly StudyResult[]): string => {
  const sides = arms.map(({ name }) => [name, sideOf(gains(results, name, onControl))] as const)
  const on = (side: string): readonly string[] => sides.filter(([, each]) => each === side).map(([name]) => name)
  const told = sides.filter(([, side]) => side !== "unknown").length
  if (told === 0) return `No arm has ${enoughRuns} runs yet.`
  const few = on("unknown")
  const counted = (["above", "below", "both"] as const).map((side) => {
    const names = on(side)
    const [one, several, how] = sentences[side]
    const verb = names.length === 1 ? one : several
    return `- ${names.length} of ${told} arms ${verb}${how}${names.length === 0 ? "" : ` (${list(names)})`}.`
  })
  const means = arms
    .map(({ name }) => [name, meanOf(gains(results, name, onControl))] as const)
    .filter(([, { count }]) => count > 0)
    .toSorted(([, a], [, b]) => b.value - a.value)
  const [best] = means
  const compared = arms
    .filter(({ name }) => name !== registered.arm)
    .map(({ name }) => [name, sideOf(against(results, name, registered.arm, onControl))] as const)
  const better = compared.filter(([, side]) => side === "above").map(([name]) => name)
  const worse = compared.filter(([, side]) => side === "below").map(([name]) => name)
  return [
    ...counted,
    ...(few.length === 0 ? [] : [`- Fewer than ${enoughRuns} runs, which decide nothing: ${list(few)}.`]),
    `- The highest mean is that of \`${best![0]}\`: ${shownPoints(best![1])} points.`,
    `- Against \`${registered.arm}\` with the same seeds, ${better.length === 0 ? "no arm is better" : `better ${better.length === 1 ? "is" : "are"} ${list(better)}`} and ${worse.length === 0 ? "none worse" : `worse ${worse.length === 1 ? "is" : "are"} ${list(worse)}`}, with the whole interval.`,
    "",
    `Of ${told} intervals of 95 % ${(0.05 * told).toFixed(1)} can be expected to miss the truth by chance alone, so a single arm that stands out proves little; intervals`,
    "over three seeds are wide.",
  ].join("\n")
}
