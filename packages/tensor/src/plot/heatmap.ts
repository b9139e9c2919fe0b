import { halfBlock } from "./ansi.ts"
import { ink, mixed, paper, scaleColour, seriesColour, type Colour } from "./colour.ts"
import { figure, type Figure, type TextOptions } from "./figure.ts"
import { numbersOf, refuseShape, type Drawable, type Numbers } from "./numbersOf.ts"
import { fillDisc, setPixel } from "./picture.ts"
import { framedPicture, type Plane } from "./pictureFrame.ts"
import { labelledPoints, type Labelled } from "./points.ts"
import { rangeOf, shareOf, type Range } from "./range.ts"
import { framed, type Labels } from "./textFrame.ts"

export interface HeatmapOptions {
  /** What the columns stand for, from the left edge to the right one. Default: their numbers. */
  readonly x?: Range
  /** What the rows stand for, from the bottom edge to the top one. Default: their numbers, the first row at the top. */
  readonly y?: Range
  /** Values of the scale's two ends. Default: the smallest and the largest. */
  readonly range?: Range
  /** Points [n, 2] drawn over it, in the units of `x` and `y`. */
  readonly points?: Drawable
  /** The class of each point, a whole number: [n]. */
  readonly label?: Drawable
  readonly title?: string
}

const shades = " ░▒▓█"

const matrixOf = (values: Numbers): readonly [number, number] => {
  const [rows, columns] = values.shape
  if (values.shape.length !== 2 || rows === 0 || columns === 0)
    refuseShape("heatmap", values, "a heat map is drawn of a matrix, [rows, columns]", "reshape it, or take a part")
  return [rows!, columns!]
}

/** What a heat map shows, as text and as a picture. */
interface Shown {
  readonly labels: Labels
  readonly points: readonly Labelled[]
  /** The share of the scale at a place of the drawing: across and down, each from 0 to 1. */
  readonly shareAt: (across: number, down: number) => number
}

const shadeOf = (share: number): string => shades[Math.min(4, Math.max(0, Math.floor(share * 5)))] ?? "?"

// Half a character stands for a point: its column, and which of the halves, counted from the top.
const halfKey = (column: number, half: number): string => `${column},${half}`

/** Labels of points by the half of a character that each falls on. */
const marksOf = ({ labels, points }: Shown, columns: number, rows: number): ReadonlyMap<string, number> =>
  new Map(
    points.map(({ x, y, label }) => {
      const column = Math.round(shareOf(labels.x, x) * (columns - 1))
      const half = Math.round((1 - shareOf(labels.y, y)) * (2 * rows - 1))
      return [halfKey(column, half), label] as const
    }),
  )

const drawText = (shown: Shown, { columns, rows, colour }: Required<TextOptions>): string => {
  const { labels, shareAt } = shown
  const marks = marksOf(shown, columns, rows)
  const colourAt = (column: number, half: number): Colour => {
    const mark = marks.get(halfKey(column, half))
    return mark === undefined
      ? scaleColour(shareAt((column + 0.5) / columns, (half + 0.5) / (2 * rows)))
      : seriesColour(mark)
  }
  const isMarked = (column: number, row: number): boolean =>
    marks.has(halfKey(column, 2 * row)) || marks.has(halfKey(column, 2 * row + 1))
  const cell = (column: number, row: number): string => {
    if (colour) return halfBlock(colourAt(column, 2 * row), colourAt(column, 2 * row + 1))
    return isMarked(column, row) ? "•" : shadeOf(shareAt((column + 0.5) / columns, (row + 0.5) / rows))
  }
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cell(column, row)).join(""),
  )
  return framed(lines, columns, labels)
}

/** Colours the plane; paler where points are to be seen on it. */
const paintScale = ({ points, shareAt }: Shown, { picture, area }: Plane): void => {
  for (let row = 0; row < area.height; row++)
    for (let column = 0; column < area.width; column++) {
      const colour = scaleColour(shareAt((column + 0.5) / area.width, (row + 0.5) / area.height))
      const softened = points.length === 0 ? colour : mixed(colour, paper, 0.45)
      setPixel(picture, Math.round(area.left) + column, Math.round(area.top) + row, softened)
    }
}

const paintPoints = ({ points }: Shown, { picture, place }: Plane): void => {
  for (const { x, y, label } of points) {
    fillDisc(picture, ...place(x, y), 8, ink)
    fillDisc(picture, ...place(x, y), 6, seriesColour(label))
  }
}

/**
 * A matrix as colours, dark violet for the smallest value to yellow for the largest, its first row at the top; grey for NaN.
 * `points` are drawn over it.
 */
export const heatmap = async (
  values: Drawable,
  { x, y, range, points, label, title = "" }: HeatmapOptions = {},
): Promise<Figure> => {
  const numbers = await numbersOf("heatmap", values)
  const [rowCount, columnCount] = matrixOf(numbers)
  const ends = range ?? rangeOf(Array.from(numbers.data))
  const shown: Shown = {
    // Without units an edge is where its row or column begins or ends.
    labels: { x: x ?? [0, columnCount], y: y ?? [rowCount, 0], title },
    points: points === undefined ? [] : await labelledPoints("heatmap", points, label),
    shareAt: (across, down) => {
      const [column, row] = [Math.floor(across * columnCount), Math.floor(down * rowCount)]
      return shareOf(ends, numbers.data[row * columnCount + column]!)
    },
  }
  const paint = (plane: Plane): void => {
    paintScale(shown, plane)
    paintPoints(shown, plane)
  }
  return figure({
    text: (options) => drawText(shown, options),
    picture: (size) => framedPicture(size, shown.labels, paint, false),
  })
}
