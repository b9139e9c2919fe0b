import { raise } from "../error.ts"
import { coloured } from "./ansi.ts"
import { seriesColour } from "./colour.ts"
import { figure, type Figure } from "./figure.ts"
import { numbersOf, type Drawable } from "./numbersOf.ts"
import { fillRectangle } from "./picture.ts"
import { framedPicture } from "./pictureFrame.ts"
import { rangeOf, shareOf, type Range } from "./range.ts"
import { framed, type Labels } from "./textFrame.ts"

export interface HistogramOptions {
  /** How many equal parts the range is cut into; 30 by default. */
  readonly bins?: number
  readonly title?: string
}

/** How many finite values lie in each of `bins` equal parts of `range`; its upper end belongs to the last. */
export const countsOf = (values: ArrayLike<number>, bins: number, range: Range): readonly number[] => {
  const counts = Array.from({ length: bins }, () => 0)
  for (let i = 0; i < values.length; i++)
    if (Number.isFinite(values[i]!)) counts[Math.min(bins - 1, Math.floor(shareOf(range, values[i]!) * bins))]!++
  return counts
}

const eighths = " ▁▂▃▄▅▆▇█"

// A column of a bar chart, from the top: full cells, one that is partly filled, empty ones.
const cellOf = (share: number, row: number, rows: number): string =>
  eighths[Math.min(8, Math.max(0, Math.round((share * rows - (rows - 1 - row)) * 8)))]!

/** How often values of any shape fall into each of equal parts of their range. What is not finite is left out. */
export const histogram = async (
  values: Drawable,
  { bins = 30, title = "" }: HistogramOptions = {},
): Promise<Figure> => {
  if (!Number.isInteger(bins) || bins < 1)
    raise({
      _tag: "InvalidAttribute",
      op: "histogram",
      attribute: "bins",
      rule: `bins counts parts of a range, from 1 on, got ${bins}`,
      remedy: "leave it out for 30",
    })
  const { data } = await numbersOf("histogram", values)
  const x = rangeOf(Array.from(data))
  const counts = countsOf(data, bins, x)
  const most = Math.max(1, ...counts)
  const labels: Labels = { x, y: [0, most], title }

  const text = ({ columns, rows, colour }: { columns: number; rows: number; colour: boolean }): string => {
    const lines = Array.from({ length: rows }, (_, row) =>
      coloured(
        Array.from({ length: columns }, (_, column) =>
          cellOf(counts[Math.floor((column * bins) / columns)]! / most, row, rows),
        ).join(""),
        seriesColour(0),
        colour,
      ),
    )
    return framed(lines, columns, labels)
  }

  return figure({
    text,
    picture: (size) =>
      framedPicture(size, labels, ({ picture, area }) => {
        const width = area.width / bins
        for (const [i, count] of counts.entries()) {
          const height = (count / most) * area.height
          const top = area.top + area.height - height
          fillRectangle(picture, { left: area.left + i * width, top, width: width - 2, height }, seriesColour(0))
        }
      }),
  })
}
