import { counted } from "@diva/tensor"
import { imagesPerUpdate, remainingSeconds, type RunData, updatesOf } from "../runData.ts"
import { meanCurve, type Point, repetitions, smoothed } from "../series.ts"
import { type Chart, colours, type Curve, renderChart } from "./chart.ts"
import { escaped } from "../../evaluate/page/markup.ts"
import { comparisonSection } from "../../evaluate/page/mmvpPage.ts"
import { renderPictures } from "./pictures.ts"
import { renderRadar } from "./radar.ts"
import { style } from "./style.ts"

type Value = (line: RunData["metrics"][number], run: RunData) => number

const curveOf = (run: RunData, value: Value): readonly Point[] =>
  run.metrics.map((line) => ({ x: line.update, y: value(line, run) }))

const plain = (runs: readonly RunData[], value: Value): readonly Curve[] =>
  runs.map((run, i) => ({ name: run.name, colour: colours[i % colours.length]!, points: curveOf(run, value) }))

const lossOf: Value = ({ loss }) => loss

/** Each run's loss, faint, and smoothed over it. */
const lossCurves = (runs: readonly RunData[]): readonly Curve[] =>
  plain(runs, lossOf).flatMap((curve) => [
    { ...curve, isFaint: true },
    { ...curve, points: smoothed(curve.points) },
  ])

/** Of runs that differ in their seed alone, the mean with its interval. */
const seedCurves = (runs: readonly RunData[]): readonly Curve[] =>
  repetitions(runs)
    .filter((group) => group.length > 1)
    .map((group, i) => ({
      name: `mean of ${counted(group.length, "seed")}: ${group.map(({ name }) => name).join(", ")}`,
      colour: colours[i % colours.length]!,
      points: meanCurve(group.map((run) => smoothed(curveOf(run, lossOf)))),
    }))

/** Every score that runs were given while they trained, with its 95 % interval over the questions. */
const scoreCharts = (runs: readonly RunData[]): readonly Chart[] => {
  const names = new Set(
    runs.flatMap(({ scored }) =>
      scored.flatMap(({ on, scores }) => Object.keys(scores).map((name) => JSON.stringify([on, name]))),
    ),
  )
  return [...names].map((key) => {
    const [on, name] = JSON.parse(key) as [string, string]
    const pointsOf = ({ scored }: RunData): readonly Point[] =>
      scored.flatMap(({ update, on: set, scores }) => {
        const found = set === on ? scores[name] : undefined
        if (found === undefined) return []
        const { low, high } = found.interval
        return [{ x: update, y: found.value, low, high }]
      })
    return {
      title: `${on}, ${name}: score while training, with its 95 % interval`,
      unit: "percent",
      curves: runs.map((run, i) => ({ name: run.name, colour: colours[i % colours.length]!, points: pointsOf(run) })),
    }
  })
}

const chartsOf = (runs: readonly RunData[]): readonly Chart[] => {
  const seeds = seedCurves(runs)
  return [
    {
      title: "Loss of the last draw: as it came (faint) and smoothed",
      unit: "mean squared error",
      curves: lossCurves(runs),
    },
    ...(seeds.length === 0
      ? []
      : [
          {
            title: "Loss over seeds, smoothed: mean and Student's 95 % interval",
            unit: "mean squared error",
            curves: seeds,
          },
        ]),
    { title: "Learning rate", unit: "", curves: plain(runs, ({ learningRate }) => learningRate) },
    {
      title: "Norm of the gradient before clipping",
      unit: "L2",
      curves: plain(runs, ({ gradientNorm }) => gradientNorm),
    },
    {
      title: "Throughput",
      unit: "images a second",
      curves: plain(runs, ({ seconds }, run) => (seconds > 0 ? imagesPerUpdate(run) / seconds : Number.NaN)),
    },
    ...(runs.some(({ metrics }) => metrics.some(({ computing }) => computing !== undefined))
      ? [
          {
            title: "Share of an update's time that the device was at work, at least",
            unit: "percent",
            curves: plain(runs, ({ computing = Number.NaN }) => 100 * computing),
          },
        ]
      : []),
    ...scoreCharts(runs),
  ]
}

const cell = (text: string): string => `<td>${escaped(text)}</td>`

const time = (seconds: number): string => {
  const whole = Math.round(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`
}

const summaryRow = (run: RunData): string => {
  const last = run.metrics.at(-1)
  const left = run.state === "running" ? remainingSeconds(run) : undefined
  const { machine } = run.manifest.launches.at(-1) ?? {}
  return `<tr>${[
    run.name,
    run.state,
    `${last?.update ?? 0} of ${updatesOf(run)}`,
    last === undefined ? "" : last.loss.toFixed(4),
    last === undefined ? "" : last.gradientNorm.toPrecision(3),
    left === undefined ? "" : time(left),
    String(run.skipped.length),
    machine?.description ?? "",
  ]
    .map(cell)
    .join("")}</tr>`
}

const summaryHead = ["run", "state", "updates", "loss", "gradient norm", "time left", "skipped samples", "adapter"]

const summary = (runs: readonly RunData[]): string =>
  `<table><thead><tr>${summaryHead.map((name) => `<th>${name}</th>`).join("")}</tr></thead><tbody>${runs.map(summaryRow).join("")}</tbody></table>`

const scoreTable = (runs: readonly RunData[]): string => {
  const scores = runs.flatMap((run) => run.scores.map((score) => ({ ...score, label: `${run.name}: ${score.label}` })))
  if (scores.length === 0) return ""
  const names = scores[0]!.categories.map(({ name }) => name)
  const rows = scores.map(({ label, categories, average }) => {
    const percents = names.map(
      (name) => categories.find((category) => category.name === name)?.percent.toFixed(1) ?? "",
    )
    return `<tr>${[label, ...percents, average.toFixed(1)].map(cell).join("")}</tr>`
  })
  const head = ["", ...names, "average"].map((name) => `<th>${escaped(name)}</th>`).join("")
  return `<h2>Scores, percent</h2><table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>${renderRadar(scores)}`
}

const shownSkips = 50

const skips = (runs: readonly RunData[]): string =>
  runs
    .filter(({ skipped }) => skipped.length > 0)
    .map(({ name, skipped }) => {
      const rows = skipped
        .slice(0, shownSkips)
        .map(({ file, key, reason }) => `<tr>${[file, key, reason].map(cell).join("")}</tr>`)
      const more = skipped.length > shownSkips ? `<p>and ${skipped.length - shownSkips} more in skipped.jsonl</p>` : ""
      return `<details><summary>${skipped.length} skipped samples of ${escaped(name)}</summary><table><tbody>${rows.join("")}</tbody></table>${more}</details>`
    })
    .join("")

const manifests = (runs: readonly RunData[]): string =>
  runs
    .map(
      ({ name, manifest }) =>
        `<details><summary>manifest of ${escaped(name)}</summary><pre>${escaped(JSON.stringify(manifest, null, 2))}</pre></details>`,
    )
    .join("")

/** Pairs that turned, of the runs that were scored before and after. */
const turnedPairs = (runs: readonly RunData[]): string =>
  runs
    .flatMap(({ name, turned }) =>
      (turned?.comparisons ?? []).map((each) =>
        comparisonSection(each, turned!.images, `Pairs that turned in ${name}, ${each.rule}`),
      ),
    )
    .join("")

/** What changes while runs are under way. */
export const reportBody = (runs: readonly RunData[]): string =>
  `<h1>${escaped(runs.map(({ name }) => name).join(", "))}</h1>${summary(runs)}<div class="charts">${chartsOf(runs).map(renderChart).join("")}</div>` +
  `${scoreTable(runs)}${renderPictures(runs)}${turnedPairs(runs)}<h2>What was computed, and from what</h2>${skips(runs)}${manifests(runs)}`

/** A whole page without anything from outside. `script`: what keeps it up to date; nothing in a page for a file. */
export const reportPage = (runs: readonly RunData[], script = ""): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
  `<title>${escaped(runs.map(({ name }) => name).join(", "))} · diva</title><style>${style}</style></head>` +
  `<body><main>${reportBody(runs)}</main>${script}</body></html>\n`
