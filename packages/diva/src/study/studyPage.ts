import { categories } from "../evaluate/mmvp/categories.ts"
import { meanOf } from "../evaluate/statistics/studentT.ts"
import type { Study } from "./study.ts"
import { studyFindings } from "./studyFindings.ts"
import { against, gains, onControl, shownPoints, type Measure } from "./studyGains.ts"
import { startArm, type StudyResult } from "./studyResults.ts"

/** What the tables hold, in the order of their columns. */
export const measures: readonly (readonly [title: string, measure: Measure])[] = [
  ["control pairs", onControl],
  ["confused pairs", ({ confused }) => confused.average],
  ["objects", ({ objects }) => objects],
  ["colours", ({ colours }) => colours],
]

/** What the registered comparison says, in words that claim no more than the interval does. */
export const registeredVerdict = ({ registered }: Study, results: readonly StudyResult[]): string => {
  const { arm, against: other } = registered
  const paired = other === startArm ? gains(results, arm, onControl) : against(results, arm, other, onControl)
  if (paired.length < 2)
    return `${paired.length} of the registered comparison's runs are done: nothing can be said yet.`
  const estimate = meanOf(paired)
  const { low, high } = estimate.interval
  const outcome = low > 0 ? "The claim holds here" : high < 0 ? "The opposite holds here" : "No difference is shown"
  return `${outcome}: ${shownPoints(estimate)} points over ${paired.length} seeds.`
}

const runRow = ({ arm, seed, control, confused, objects, colours, drift, loss }: StudyResult): string =>
  `| ${arm} | ${seed} | ${control.average.toFixed(1)} | ${confused.average.toFixed(1)} | ${objects.toFixed(1)} | ${colours.toFixed(1)} | ${drift.toFixed(4)} | ${loss.map((x) => (x === null || Number.isNaN(x) ? "" : x.toFixed(4))).join(" → ")} |`

const armRow = ({ registered }: Study, results: readonly StudyResult[], arm: Study["arms"][number]): string => {
  const cells = measures.map(([, measure]) => shownPoints(meanOf(gains(results, arm.name, measure))))
  const count = gains(results, arm.name, onControl).length
  const paired = against(results, arm.name, registered.arm, onControl)
  const beside = arm.name === registered.arm ? "" : shownPoints(meanOf(paired), "")
  return `| ${arm.name} | ${arm.asks} | ${count} of ${arm.seeds.length} | ${cells[0]} | ${beside} | ${cells.slice(1).join(" | ")} |`
}

const categoryRows = (study: Study, results: readonly StudyResult[]): readonly string[] =>
  categories.map(({ name }, i) => {
    const start = results.find(({ arm }) => arm === startArm)
    const gained = meanOf(gains(results, study.registered.arm, ({ control }) => control.categories[i]!))
    return `| ${name} | ${start === undefined ? "" : start.control.categories[i]!.toFixed(1)} | ${shownPoints(gained)} |`
  })

/** What a page names: the files it is made from, and its figure as seen from the page. */
export interface StudyPageNames {
  readonly study: string
  readonly results: string
  readonly figure: string
}

/** Several studies have pages; all but the registered one, `study`, say which they are. */
const titleOf = ({ study }: StudyPageNames): string => {
  const name = /([^/\\]*)\.json$/.exec(study)?.[1] ?? study
  return `Does diffusion feedback help in the synthetic world?${name === "study" ? "" : ` (${name})`}`
}

/** The study as a page of the documentation, a function of its file and its results. */
export const studyPage = (study: Study, results: readonly StudyResult[], names: StudyPageNames): string => {
  const { registered } = study
  const [first, ...others] = measures.map(([title]) => title)
  const heads = [first, `the same, against \`${registered.arm}\``, ...others]
  return `# ${titleOf(names)}

<!-- Written by npm run study from ${names.study} and ${names.results}; change those. -->

## What was registered before the first run

${registered.claim} Arm \`${registered.arm}\` against \`${registered.against}\`; endpoint: ${registered.endpoint}; decision: ${registered.decision} (${registered.on})

**${registeredVerdict(study, results)}**

Scores are percent of pairs solved as CLIP's authors score (class token alone), the mean of nine patterns; guessing solves 25 %.
*Control pairs* were chosen by nothing. *Confused pairs* are those that the CLIP before training takes for nearly the same: its score on
them is low by that choice, and rises by chance alone when anything changes, so they decide nothing here.

## What the arms say

${studyFindings(study, results)}

## All arms

Points against the CLIP before training, mean over seeds [Student's 95 % interval]; and on the control pairs against the registered
arm's runs with the same seeds.

| arm | what it asks | runs | ${heads.join(" | ")} |
| --- | --- | --- | ${heads.map(() => "---").join(" | ")} |
${study.arms.map((arm) => armRow(study, results, arm)).join("\n")}

![points of every run on the control pairs](${names.figure})

## Nine patterns on the control pairs, arm \`${registered.arm}\`

| pattern | before | points |
| --- | --- | --- |
${categoryRows(study, results).join("\n")}

## Every run

| arm | seed | control | confused | objects | colours | cosine with before | loss, first and last tenth |
| --- | --- | --- | --- | --- | --- | --- | --- |
${results.map(runRow).join("\n")}

Machines: ${[...new Set(results.map(({ machine }) => machine))].join("; ") || "none yet"}.
`
}
