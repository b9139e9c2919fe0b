import { agreeing, counted } from "@diva/tensor"
import { compareMmvp, type Flip, type PairComparison } from "../compare/comparePairs.ts"
import type { Drift } from "../compare/drift.ts"
import type { MmvpReport, ReportedScoring } from "../mmvp/mmvpReport.ts"
import type { Estimate } from "../statistics/interval.ts"
import { drawsPlot } from "./drawsPlot.ts"
import { escaped, fixed } from "./markup.ts"
import { pairCards, type PageImages } from "./pairCards.ts"
import { pageStyle } from "./style.ts"
import { radar } from "./radar.ts"

export interface MmvpPage {
  readonly before?: MmvpReport
  readonly after: MmvpReport
  readonly drift?: Drift
  /** Data addresses of images by the path a result names them with; pairs without are shown without. */
  readonly images: PageImages
}

const colours = ["#3b6fd4", "#d9792b", "#2f9e6e", "#a24bbf"]

interface Column {
  readonly name: string
  readonly colour: string
  readonly scoring: ReportedScoring
}

const columnsOf = ({ before, after }: MmvpPage): readonly Column[] => {
  const named = (report: MmvpReport, word: string): readonly (readonly [string, ReportedScoring])[] =>
    report.scorings.map((scoring) => [`${word}${scoring.rule}`, scoring])
  const all = before === undefined ? named(after, "") : [...named(before, "before, "), ...named(after, "after, ")]
  return all.map(([name, scoring], i) => ({ name, scoring, colour: colours[i % colours.length]! }))
}

const legend = (columns: readonly Column[]): string =>
  `<p class="legend">${columns.map(({ name, colour }) => `<span><i style="background:${colour}"></i>${escaped(name)}</span>`).join("")}</p>`

const cell = ({ value, interval: { low, high } }: Estimate): string =>
  Number.isFinite(value) ? `${fixed(value)} <span class="interval">[${fixed(low)} … ${fixed(high)}]</span>` : "none"

const meanCorrect = ({ correct, draws }: ReportedScoring): number =>
  correct.reduce((sum, each) => sum + each, 0) / draws

const scoreTable = (columns: readonly Column[]): string => {
  const names = columns[0]!.scoring.categories.map(({ name }) => name)
  const head = columns.map(({ name, colour }) => `<th style="color:${colour}">${escaped(name)}</th>`)
  const rows = names.map(
    (name, i) =>
      `<tr><td>${escaped(name)}</td>${columns.map(({ scoring }) => `<td>${cell(scoring.categories[i]!.estimate)}</td>`).join("")}</tr>`,
  )
  const averages = columns.map(({ scoring }) => `<td>${cell(scoring.average)}</td>`)
  const solved = columns.map(
    ({ scoring }) => `<td>${Number(meanCorrect(scoring).toFixed(1))} of ${scoring.pairs.length}</td>`,
  )
  return [
    `<table><thead><tr><th>percent of pairs solved [95 % interval]</th>${head.join("")}</tr></thead><tbody>`,
    ...rows,
    `<tr class="total"><td>average</td>${averages.join("")}</tr>`,
    `<tr><td>pairs solved</td>${solved.join("")}</tr></tbody></table>`,
  ].join("\n")
}

const flips = (title: string, kind: "good" | "bad", all: readonly Flip[], images: PageImages): string =>
  `<h3 class="${kind}">${title}: ${all.length}</h3>${pairCards(all, images)}`

/** The pairs that turned between two results, with their pictures. */
export const comparisonSection = (
  { rule, verdict, pValue, gained, lost }: PairComparison,
  images: PageImages,
  title = `Pairs that turned, ${rule}`,
): string =>
  [
    `<h2>${escaped(title)}</h2>`,
    `<p class="verdict">${escaped(verdict)}</p>`,
    `<p class="faint">exact McNemar test: ${gained.length} gained, ${lost.length} lost, p = ${Number(pValue.toPrecision(3))}. Under each picture: which of both its statement picks, with the probability the CLIP gives to that.</p>`,
    flips("solved only after", "good", gained, images),
    flips("solved only before", "bad", lost, images),
  ].join("\n")

const draws = (columns: readonly Column[]): readonly string[] => {
  const drawing = columns.filter(({ scoring }) => scoring.draws > 1)
  if (drawing.length === 0) return []
  const lines = drawing.map(
    ({ name, scoring }) =>
      `<p>${escaped(name)}: ${cell(scoring.overDraws!)} over ${counted(scoring.draws, "draw")} from seed ${scoring.seed}</p>`,
  )
  const plotted = drawing.map(({ name, colour, scoring }) => ({ name, colour, averages: scoring.averages }))
  return ["<h2>Reliability of draws</h2>", ...lines, drawsPlot(plotted)]
}

const driftRows = ({ images, similarities, agreement }: Drift): string => {
  const row = (name: string, { value, interval, count }: Estimate) =>
    `<tr><td>${name}</td><td>${value.toFixed(4)} <span class="interval">[${interval.low.toFixed(4)} … ${interval.high.toFixed(4)}]</span></td><td>${counted(count, "image")}</td></tr>`
  return `<h2>Alignment with texts</h2><table><tbody>${[
    row("cosine of images before and after", images),
    row("correlation of image-to-text similarities", similarities),
    row("same nearest statement", agreement),
  ].join("")}</tbody></table>`
}

const subjectLine = (word: string, { subject, imagesSha256, questionsSha256 }: MmvpReport): string =>
  `<p class="faint">${word}<b>${escaped(subject.model)}</b>, ${escaped(subject.row ?? subject.flavour)}, ${escaped(subject.preprocessing)}, ${escaped(subject.adapter)}, ${escaped(subject.precision)}; image tower ${escaped(subject.imageWeightsSha256 ?? "in training")}; images ${escaped(imagesSha256.slice(0, 16))}, questions ${escaped(questionsSha256.slice(0, 16))}</p>`

const skippedLine = (columns: readonly Column[]): readonly string[] => {
  const most = Math.max(...columns.map(({ scoring }) => scoring.skippedPairs))
  return most === 0
    ? []
    : [
        `<p class="bad">${counted(most, "pair")} ${agreeing(most, "is", "are")} left out: an image is missing or damaged.</p>`,
      ]
}

/** MMVP's scores of one model, or of one before and after, as one HTML file that needs nothing else. */
export const mmvpPage = (page: MmvpPage): string => {
  const { before, after, drift, images } = page
  const columns = columnsOf(page)
  const names = after.scorings[0]!.categories.map(({ name }) => name)
  const series = columns.map(({ name, colour, scoring }) => ({
    name,
    colour,
    percent: scoring.categories.map(({ estimate }) => estimate.value),
  }))
  const body = [
    "<h1>MMVP-VLM: pairs that CLIP tells apart</h1>",
    ...(before === undefined ? [] : [subjectLine("before ", before)]),
    subjectLine(before === undefined ? "" : "after ", after),
    ...skippedLine(columns),
    "<h2>Nine visual patterns</h2>",
    legend(columns),
    radar(names, series),
    scoreTable(columns),
    ...draws(columns),
    ...(before === undefined ? [] : compareMmvp(before, after).map((each) => comparisonSection(each, images))),
    ...(drift === undefined ? [] : [driftRows(drift)]),
  ]
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>MMVP-VLM, ${escaped(after.subject.model)}</title><style>${pageStyle}</style></head>\n<body>\n${body.join("\n")}\n</body></html>\n`
}

/** Files whose images a page shows: those of pairs that turned. */
export const imagesOfPage = (before: MmvpReport, after: MmvpReport): readonly string[] => [
  ...new Set(
    compareMmvp(before, after).flatMap(({ gained, lost }) =>
      [...gained, ...lost].flatMap(({ pair }) => pair.questions.map(({ file }) => file)),
    ),
  ),
]
