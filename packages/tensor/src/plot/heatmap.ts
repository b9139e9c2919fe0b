import { halfBlock } from "./ansi.ts"
import { ink, mixed, paper, scaleColour, seriesColour, type Colour } from "./colour.ts"
import { figure, type Figure } from "./figure.ts"
import { numbersOf, refuseShape, type Drawable, type Numbers } from "./numbersOf.ts"
import { fillDisc, setPixel } from "./picture.ts"
import { framedPicture } from "./pictureFrame.ts"
import { labelledPoints } from "./points.ts"
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
  const over = points === undefined ? [] : await labelledPoints("heatmap", points, label)
  // Without units an edge is where its row or column begins or ends.
  const labels: Labels = { x: x ?? [0, columnCount], y: y ?? [rowCount, 0], title }
  const ends = range ?? rangeOf(Array.from(numbers.data))
  /** The share of the scale at a place of the drawing: across and down, each from 0 to 1. */
  const shareAt = (across: number, down: number): number => {
    const [column, row] = [Math.floor(across * columnCount), Math.floor(down * rowCount)]
    return shareOf(ends, numbers.data[row * columnCount + column]!)
  }
  const shadeOf = (share: number): string => shades[Math.min(4, Math.max(0, Math.floor(share * 5)))] ?? "?"

  const text = ({ columns, rows, colour }: { columns: number; rows: number; colour: boolean }): string => {
    const marks = new Map(
      over.map(({ x, y, label }) => {
        const place = [shareOf(labels.x, x) * (columns - 1), (1 - shareOf(labels.y, y)) * (2 * rows - 1)].map(
          Math.round,
        )
        return [place.join(), label] as const
      }),
    )
    const markAt = (column: number, half: number): Colour | undefined => {
      const mark = marks.get(`${column},${half}`)
      return mark === undefined ? undefined : seriesColour(mark)
    }
    const colourAt = (column: number, half: number): Colour =>
      markAt(column, half) ?? scaleColour(shareAt((column + 0.5) / columns, (half + 0.5) / (2 * rows)))
    const cell = (column: number, row: number): string =>
      colour
        ? halfBlock(colourAt(column, 2 * row), colourAt(column, 2 * row + 1))
        : marks.has(`${column},${2 * row}`) || marks.has(`${column},${2 * row + 1}`)
          ? "•"
          : shadeOf(shareAt((column + 0.5) / columns, (row + 0.5) / rows))
    const lines = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => cell(column, row)).join(""),
    )
    return framed(lines, columns, labels)
  }

  return figure({
    text,
    picture: (size) =>
      framedPicture(
        size,
        labels,
        ({ picture, area, place }) => {
          for (let row = 0; row < area.height; row++)
            for (let column = 0; column < area.width; column++) {
              const colour = scaleColour(shareAt((column + 0.5) / area.width, (row + 0.5) / area.height))
              const softened = over.length === 0 ? colour : mixed(colour, paper, 0.45)
              setPixel(picture, Math.round(area.left) + column, Math.round(area.top) + row, softened)
            }
          for (const { x, y, label } of over) {
            fillDisc(picture, ...place(x, y), 8, ink)
            fillDisc(picture, ...place(x, y), 6, seriesColour(label))
          }
        },
        false,
      ),
  })
}
