import { type Point, thinned } from "../series.ts"
import { escaped } from "../../evaluate/page/markup.ts"

/** A curve of a chart. */
export interface Curve {
  readonly name: string
  readonly colour: string
  readonly points: readonly Point[]
  /** Drawn faintly behind the others, and left out of the legend. */
  readonly isFaint?: boolean
}

export interface Chart {
  readonly title: string
  /** What the vertical axis counts. */
  readonly unit: string
  readonly curves: readonly Curve[]
}

/** Colours that are told apart by those who see few, too. Source: Okabe and Ito, "Color universal design" (2008). */
export const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31"] as const

const [width, height] = [560, 240]
const margin = { left: 64, right: 12, top: 12, bottom: 34 }

/** Steps of 1, 2 or 5 times a power of ten, about `wanted` of them between two numbers. */
export const ticks = (low: number, high: number, wanted = 5): readonly number[] => {
  const raw = (high - low) / wanted
  if (!(raw > 0) || !Number.isFinite(raw)) return [low]
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step)
}

const shown = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)
    ? value.toExponential(1).replace("e+", "e")
    : String(Number(value.toPrecision(4)))

interface Range {
  readonly low: number
  readonly high: number
}

const rangeOf = (values: readonly number[]): Range => {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return { low: 0, high: 1 }
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const slack = high > low ? 0.04 * (high - low) : Math.max(Math.abs(high) * 0.1, 1e-9)
  return { low: low - slack, high: high + slack }
}

type Scale = (value: number) => number

const scale =
  ({ low, high }: Range, from: number, to: number): Scale =>
  (value) =>
    from + ((value - low) / (high - low)) * (to - from)

const at = (x: Scale, y: Scale, px: number, py: number): string => `${x(px).toFixed(1)} ${y(py).toFixed(1)}`

const line = ({ points, colour, isFaint }: Curve, x: Scale, y: Scale): string => {
  const finite = points.filter(({ y: value }) => Number.isFinite(value))
  if (finite.length === 1)
    return `<circle cx="${x(finite[0]!.x).toFixed(1)}" cy="${y(finite[0]!.y).toFixed(1)}" r="2.5" fill="${colour}"/>`
  const path = finite.map((point, i) => `${i === 0 ? "M" : "L"}${at(x, y, point.x, point.y)}`).join("")
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.6" opacity="${isFaint ? 0.25 : 1}"/>`
}

const band = ({ points, colour }: Curve, x: Scale, y: Scale): string => {
  const both = points.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))
  if (both.length === 0) return ""
  const over = both.map((point) => at(x, y, point.x, point.high!))
  const under = both.toReversed().map((point) => at(x, y, point.x, point.low!))
  return `<path d="M${[...over, ...under].join("L")}Z" fill="${colour}" opacity="0.15"/>`
}

const grid = (xs: Range, ys: Range, x: Scale, y: Scale): string =>
  [
    ...ticks(ys.low, ys.high).map(
      (value) =>
        `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>` +
        `<text class="tick" x="${margin.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${shown(value)}</text>`,
    ),
    ...ticks(xs.low, xs.high).map(
      (value) =>
        `<text class="tick" x="${x(value).toFixed(1)}" y="${height - margin.bottom + 16}" text-anchor="middle">${shown(value)}</text>`,
    ),
  ].join("")

const legend = (curves: readonly Curve[]): string =>
  `<p class="legend">${curves
    .filter(({ isFaint }) => !isFaint)
    .map(({ name, colour }) => `<span><i style="background:${colour}"></i>${escaped(name)}</span>`)
    .join("")}</p>`

/** A chart over updates as a figure: curves, their intervals, axes and a legend; nothing but SVG and text. */
export const renderChart = ({ title, unit, curves }: Chart): string => {
  const thin = curves.map((curve) => ({ ...curve, points: thinned(curve.points) }))
  const points = thin.flatMap((curve) => curve.points)
  const xs = rangeOf(points.map(({ x }) => x))
  const ys = rangeOf(points.flatMap(({ y, low = y, high = y }) => [low, y, high]))
  const x = scale(xs, margin.left, width - margin.right)
  const y = scale(ys, height - margin.bottom, margin.top)
  const drawn = [...thin.map((curve) => band(curve, x, y)), ...thin.map((curve) => line(curve, x, y))].join("")
  return (
    `<figure><figcaption>${escaped(title)}</figcaption>` +
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">` +
    `<clipPath id="plot"><rect x="${margin.left}" y="${margin.top}" width="${width - margin.left - margin.right}" height="${height - margin.top - margin.bottom}"/></clipPath>` +
    `${grid(xs, ys, x, y)}<g clip-path="url(#plot)">${drawn}</g>` +
    `<text class="tick" x="${width - margin.right}" y="${height - 4}" text-anchor="end">update</text>` +
    `<text class="tick" x="${margin.left}" y="${margin.top - 2}" text-anchor="start">${escaped(unit)}</text></svg>` +
    `${legend(thin)}</figure>`
  )
}
