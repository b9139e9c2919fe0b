import type { Scores } from "../runData.ts"
import { colours } from "./chart.ts"
import { escaped } from "../../evaluate/page/markup.ts"

const [width, height] = [560, 360]
const [centreX, centreY, radius] = [width / 2, height / 2, 120]
const rings = [25, 50, 75, 100]

const at = (axis: number, axes: number, percent: number): readonly [number, number] => {
  const angle = (2 * Math.PI * axis) / axes - Math.PI / 2
  const length = (radius * percent) / 100
  return [centreX + length * Math.cos(angle), centreY + length * Math.sin(angle)]
}

const polygon = (percents: readonly number[]): string =>
  percents
    .map((percent, axis) =>
      at(axis, percents.length, percent)
        .map((value) => value.toFixed(1))
        .join(","),
    )
    .join(" ")

const label = (name: string, axis: number, axes: number): string => {
  const [x, y] = at(axis, axes, 113)
  const anchor = Math.abs(x - centreX) < 10 ? "middle" : x > centreX ? "start" : "end"
  return `<text class="tick" x="${x.toFixed(1)}" y="${(y + 4).toFixed(1)}" text-anchor="${anchor}">${escaped(name)}</text>`
}

/** Scores by category on one axis each, 0 in the middle and 100 % outside. */
export const renderRadar = (scores: readonly Scores[]): string => {
  const names = scores[0]?.categories.map(({ name }) => name) ?? []
  if (names.length < 3) return ""
  const percentOf = ({ categories }: Scores, name: string): number =>
    categories.find((category) => category.name === name)?.percent ?? 0
  const drawn = scores.map((score, i) => {
    const colour = colours[i % colours.length]!
    const points = polygon(names.map((name) => percentOf(score, name)))
    return `<polygon points="${points}" fill="${colour}" fill-opacity="0.08" stroke="${colour}" stroke-width="1.6"/>`
  })
  const web = rings.map((ring) => `<polygon class="grid" fill="none" points="${polygon(names.map(() => ring))}"/>`)
  const labels = names.map((name, axis) => label(name, axis, names.length))
  const legend = scores.map(
    ({ label: name }, i) => `<span><i style="background:${colours[i % colours.length]}"></i>${escaped(name)}</span>`,
  )
  return (
    `<figure><figcaption>Scores by category, percent</figcaption>` +
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="scores by category">${web.join("")}${labels.join("")}${drawn.join("")}</svg>` +
    `<p class="legend">${legend.join("")}</p></figure>`
  )
}
