import { counted } from "../text/counted.ts"
import { showDuration, showFlops, showShare } from "../text/quantity.ts"
import type { Profile } from "./profile.ts"
import { familyWork, kernelWork, type Work } from "./summary.ts"

const page = { width: 960, margin: 24, label: 300, figures: 210, row: 24, bar: 15 }

/** Colours that stay apart for colour-blind readers, on white. */
const palette = ["#3b6fb6", "#d1812b", "#4a9a6e", "#b5534f", "#8566ad", "#8a6d5b", "#c777a8", "#5f7f86", "#9a9a3a"]

const grey = "#667077"

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character]!)

const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)

const words = (x: number, y: number, text: string, style = ""): string =>
  `<text x="${x}" y="${y}"${style === "" ? "" : ` ${style}`}>${escaped(text)}</text>`

const box = (x: number, y: number, width: number, colour: string, opacity: number): string =>
  `<rect x="${x}" y="${y}" width="${Math.max(0.5, width).toFixed(1)}" height="${page.bar}" rx="2" fill="${colour}" fill-opacity="${opacity}"/>`

interface Bar {
  readonly label: string
  readonly hint: string
  readonly colour: string
  readonly work: Work
}

/** How near the work comes to what bounds it: arithmetic or memory. */
const attained = ({ flopsShare, bytesShare }: Work): number => Math.min(1, Math.max(flopsShare, bytesShare))

const figuresOf = (work: Work): string =>
  [
    showDuration(work.seconds),
    showShare(work.share),
    work.flopsShare >= work.bytesShare
      ? showFlops(work.flops / work.seconds, "FLOP/s")
      : `${showShare(work.bytesShare)} of copy`,
  ].join(" · ")

const barLines = (bar: Bar, y: number, longest: number): readonly string[] => {
  const x = page.margin + page.label
  const space = page.width - page.margin - page.figures - x
  const width = longest > 0 ? (bar.work.seconds / longest) * space : 0
  const base = y + page.bar - 3
  return [
    `<g><title>${escaped(bar.hint)}</title>`,
    words(x - 10, base, shortened(bar.label, 46), 'text-anchor="end"'),
    box(x, y, width, bar.colour, 0.35),
    box(x, y, width * attained(bar.work), bar.colour, 1),
    words(x + width + 8, base, figuresOf(bar.work), `fill="${grey}"`),
    "</g>",
  ]
}

const chart = (title: string, bars: readonly Bar[], top: number): readonly string[] => {
  const longest = Math.max(0, ...bars.map(({ work }) => work.seconds))
  return [
    words(page.margin, top, title, 'font-weight="600"'),
    ...bars.flatMap((bar, i) => barLines(bar, top + 12 + i * page.row, longest)),
  ]
}

const chartHeight = (bars: readonly Bar[]): number => 12 + bars.length * page.row + 28

export interface PictureOptions {
  /** Most kernels to draw. Default: 20. */
  readonly kernels?: number
}

/**
 * A profile as an SVG: horizontal bars of time by family and by kernel. The full part of a bar is the time the same work
 * would take at the adapter's measured ceiling.
 */
export const profilePicture = (profile: Profile, { kernels: most = 20 }: PictureOptions = {}): string => {
  const families = familyWork(profile)
  const colours = new Map(families.map(({ family }, i) => [family, palette[i % palette.length]!]))
  const familyBars = families.map((work): Bar => ({
    label: work.family,
    hint: `${work.family}: ${counted(work.dispatches, "dispatch", "dispatches")}`,
    colour: colours.get(work.family)!,
    work,
  }))
  const kernelBars = kernelWork(profile)
    .slice(0, most)
    .map((work): Bar => ({
      label: (work.groups === 1 ? "" : `${work.groups} × `) + work.label,
      hint: [work.family, work.choice, work.at].filter((part) => part !== "").join("\n"),
      colour: colours.get(work.family)!,
      work,
    }))
  const first = 96
  const second = first + chartHeight(familyBars)
  const height = second + chartHeight(kernelBars)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${page.width} ${height}" width="${page.width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1d2328">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    words(page.margin, 32, `${profile.name}: ${showDuration(profile.seconds)}`, 'font-size="18" font-weight="600"'),
    words(
      page.margin,
      52,
      `${profile.adapter}, ${counted(profile.steps.length, "dispatch", "dispatches")}, median of ${counted(profile.runs, "run")}`,
      `fill="${grey}"`,
    ),
    words(
      page.margin,
      70,
      `length: time · full colour: what the same work takes at the measured ceiling (${showFlops(profile.ceilings.flopsPerSecond, "FLOP/s")}, ${Number((profile.ceilings.bytesPerSecond / 1e9).toPrecision(3))} GB/s)`,
      `fill="${grey}"`,
    ),
    ...chart("By family", familyBars, first),
    ...chart("By kernel", kernelBars, second),
    "</svg>",
    "",
  ].join("\n")
}
