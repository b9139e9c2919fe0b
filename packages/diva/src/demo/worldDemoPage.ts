import { comparePairs } from "../evaluate/compare/comparePairs.ts"
import { escaped, fixed } from "../evaluate/page/markup.ts"
import { comparisonSection } from "../evaluate/page/mmvpPage.ts"
import { radar } from "../evaluate/page/radar.ts"
import { pageStyle } from "../evaluate/page/style.ts"
import type { Estimate } from "../evaluate/statistics/interval.ts"
import type { WorldScores } from "../world/worldRun.ts"
import type { ComparedRow, ComparedSet } from "./worldDemoTable.ts"

export interface WorldDemoPage {
  readonly before: WorldScores
  readonly after: readonly { readonly seed: number; readonly scores: WorldScores }[]
  readonly sets: readonly ComparedSet[]
  /** Data addresses of the pictures of pairs that turned. */
  readonly images: ReadonlyMap<string, string>
  readonly updates: number
  readonly scenes: number
}

/** What the two benchmarks are, for people. */
export const setTitles: Readonly<Record<ComparedSet["set"], string>> = {
  confused: "pairs that the CLIP confuses",
  control: "pairs that nothing chose",
}

const colours = { before: "#3b6fd4", after: "#d9792b" } as const

const within = ({ value, interval: { low, high } }: Estimate): string =>
  `${fixed(value)} <span class="interval">[${fixed(low)} … ${fixed(high)}]</span>`

const row = ({ name, before, after, difference }: ComparedRow, kind = ""): string =>
  `<tr class="${kind}"><td>${escaped(name)}</td><td>${fixed(before)}</td><td>${within(after)}</td><td>${within(difference)}</td></tr>`

const legend = `<p class="legend"><span><i style="background:${colours.before}"></i>before</span><span><i style="background:${colours.after}"></i>after, mean of runs</span></p>`

const section = ({ set, pairs, categories, average, verdict }: ComparedSet): string =>
  [
    `<h2>${pairs} ${setTitles[set]}</h2>`,
    `<p class="verdict">${escaped(verdict)}</p>`,
    legend,
    radar(
      categories.map(({ name }) => name),
      [
        { name: "before", colour: colours.before, percent: categories.map(({ before }) => before) },
        { name: "after", colour: colours.after, percent: categories.map(({ after }) => after.value) },
      ],
    ),
    `<table><thead><tr><th>percent of pairs solved</th><th>before</th><th>after [95 % interval over runs]</th><th>points</th></tr></thead><tbody>`,
    ...categories.map((each) => row(each)),
    row(average, "total"),
    "</tbody></table>",
  ].join("\n")

const next = [
  "<h2>With real weights</h2>",
  "<pre>npm run diva -- fetch --row openai-l14-224 --mmvp",
  'npm run diva -- train --data "cc3m/*.tar" --dry-run</pre>',
].join("\n")

/** The demonstration as one HTML file that needs nothing else. */
export const worldDemoPage = ({ before, after, sets, images, updates, scenes }: WorldDemoPage): string => {
  const [first] = after
  const turned = comparePairs(before.confused.scorings[0]!, first!.scores.confused.scorings[0]!)
  const seeds = after.map(({ seed }) => seed).join(", ")
  const body = [
    "<h1>Diffusion feedback in a small world</h1>",
    `<p>A small CLIP, learnt from captions that name things and colours, looked at ${scenes} scenes without captions for ${updates} updates, with seeds ${seeds}. A pair counts as solved if both of its statements pick the right picture; guessing solves 25 %.</p>`,
    ...sets.map(section),
    `<p class="faint">Pairs that a model confuses are chosen by its own mistakes: its score on them is low by choice, and another model's is higher by chance alone. Judge by the pairs that nothing chose.</p>`,
    comparisonSection(turned, images).replace("<h2>", `<h2>Seed ${first!.seed}: `),
    next,
  ]
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Diffusion feedback in a small world</title><style>${pageStyle}</style></head>\n<body>\n${body.join("\n")}\n</body></html>\n`
}
