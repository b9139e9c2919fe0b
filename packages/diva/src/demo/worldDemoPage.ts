import { counted } from "@diva/tensor"
import { comparePairs } from "../evaluate/compare/comparePairs.ts"
import { escaped, fixed } from "../evaluate/page/markup.ts"
import type { PageImages } from "../evaluate/page/pairCards.ts"
import { comparisonSection } from "../evaluate/page/mmvpPage.ts"
import { radar } from "../evaluate/page/radar.ts"
import { pageStyle } from "../evaluate/page/style.ts"
import type { Estimate } from "../evaluate/statistics/interval.ts"
import type { StoredPictures } from "../pictures/pictureFiles.ts"
import { stripsOf, stripStyle } from "../report/page/pictures.ts"
import type { WorldScores } from "../world/worldRun.ts"
import type { ComparedRow, ComparedSet } from "./worldDemoTable.ts"

export interface WorldDemoPage {
  readonly before: WorldScores
  readonly after: readonly { readonly seed: number; readonly scores: WorldScores }[]
  readonly sets: readonly ComparedSet[]
  /** Data addresses of the pictures of pairs that turned. */
  readonly images: PageImages
  /** What the diffusion model makes of some scenes with the tower before, and after the first run. */
  readonly pictures: readonly StoredPictures[]
  readonly updates: number
  readonly scenes: number
}

/** What the two benchmarks are, for people. */
export const setTitles: Readonly<Record<ComparedSet["set"], string>> = {
  confused: "pairs that the CLIP confuses",
  control: "pairs that nothing chose",
}

const colours = { before: "#3b6fd4", after: "#d9792b" } as const

const signed = (x: number): string => (x > 0 ? `+${fixed(x)}` : fixed(x))

const within = ({ value, interval: { low, high } }: Estimate): string =>
  `${signed(value)} <span class="interval">[${signed(low)} … ${signed(high)}]</span>`

const row = ({ name, before, after, difference }: ComparedRow, kind = ""): string =>
  `<tr class="${kind}"><td>${escaped(name)}</td><td>${fixed(before)}</td><td>${fixed(after.value)}</td><td>${within(difference)}</td></tr>`

/** The order of the page: first what decides. */
const setOrder = ["control", "confused"] as const satisfies readonly ComparedSet["set"][]

const legend = `<p class="legend"><span><i style="background:${colours.before}"></i>before</span><span><i style="background:${colours.after}"></i>after, mean of runs</span></p>`

const section = ({ set, pairs, categories, average, verdict }: ComparedSet): string =>
  [
    `<h2>${pairs} ${setTitles[set]}</h2>`,
    `<p class="verdict">${escaped(verdict[0]!.toUpperCase() + verdict.slice(1))}</p>`,
    `<p class="faint">${notes[set]}</p>`,
    '<div class="chartTable">',
    `<div>${legend}`,
    radar(
      categories.map(({ name }) => name),
      [
        { name: "before", colour: colours.before, percent: categories.map(({ before }) => before) },
        { name: "after", colour: colours.after, percent: categories.map(({ after }) => after.value) },
      ],
    ),
    "</div>",
    '<div class="scroll"><table><thead><tr><th>percent of pairs solved</th><th>before</th><th>after</th><th>points [95 %]</th></tr></thead><tbody>',
    ...categories.map((each) => row(each)),
    row(average, "total"),
    "</tbody></table></div></div>",
  ].join("\n")

/** Why one decides and the other does not. */
const notes: Readonly<Record<ComparedSet["set"], string>> = {
  control: "As the renderer draws them. By these the question is decided.",
  confused:
    "Chosen because the CLIP before training gives both pictures nearly the same vector: its score on them is low by choice, and that of anything that was changed is higher by chance alone. They decide nothing.",
}

const denoised = (pictures: readonly StoredPictures[], seed: number): readonly string[] =>
  pictures.length === 0
    ? []
    : [
        "<h2>What the diffusion model makes of a scene, told what the CLIP sees in it</h2>",
        `<p>The feedback itself, with seed ${seed}. A scene is made noisy, little (t = ${pictures[0]!.timesteps[0]}) or much (t = ${pictures[0]!.timesteps.at(-1)}); the UNet, which hears only the CLIP's tokens of the scene, predicts the noise, and what is left without it is its idea of the scene. Training changes the CLIP's tower so that the error of the prediction falls.</p>`,
        stripsOf(pictures),
      ]

const turned = (page: WorldDemoPage, set: ComparedSet["set"]): string => {
  const [first] = page.after
  const comparison = comparePairs(page.before[set].scorings[0]!, first!.scores[set].scorings[0]!)
  const title = `Pairs that turned with seed ${first!.seed}, of ${comparison.pairs} ${setTitles[set]}`
  return comparisonSection(comparison, page.images, title)
}

const next = [
  "<h2>With real weights</h2>",
  "<pre>npm run diva -- fetch --row openai-l14-224 --mmvp",
  'npm run diva -- train --data "cc3m/*.tar" --dry-run</pre>',
  "<p>docs/study.md asks the same question of this world with more seeds and many variants; docs/train-for-real.md says how to train on real pictures.</p>",
].join("\n")

const ownStyle = `
.chartTable { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 16px; align-items: center; }
.chartTable td, .chartTable th { padding: 5px 6px; font-size: 13.5px; } pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; }
summary { cursor: pointer; margin-top: 32px; font-weight: 600; } .lead { font-size: 16px; max-width: 780px; }
`

/** The demonstration as one HTML file that needs nothing else. */
export const worldDemoPage = (page: WorldDemoPage): string => {
  const { after, sets, pictures, updates, scenes } = page
  const seeds = after.map(({ seed }) => seed)
  const setOf = (set: ComparedSet["set"]): ComparedSet => sets.find((each) => each.set === set)!
  const body = [
    "<h1>Diffusion feedback in a small world</h1>",
    `<p class="lead">A small CLIP, learnt from captions that name things and colours, looked at ${counted(scenes, "scene")} without captions for ${counted(updates, "update")} of diffusion feedback: ${counted(seeds.length, "run")}, with ${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}. Was it then better at telling apart pictures that differ in one attribute? A pair counts as solved if each of its two statements picks its own picture; guessing solves 25 %.</p>`,
    ...setOrder.map((set) => section(setOf(set))),
    ...denoised(pictures, seeds[0]!),
    turned(page, "control"),
    `<details><summary>The same of ${setTitles.confused}</summary>${turned(page, "confused")}</details>`,
    next,
  ]
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Diffusion feedback in a small world</title><style>${pageStyle}${stripStyle}${ownStyle}</style></head>\n<body>\n${body.join("\n")}\n</body></html>\n`
}
