import { dotCanvas } from "./braille.ts"
import { seriesColour } from "./colour.ts"
import { figure, type Figure } from "./figure.ts"
import { numbersOf, refuseShape, type Drawable, type Numbers } from "./numbersOf.ts"
import { stroke } from "./picture.ts"
import { framedPicture } from "./pictureFrame.ts"
import { rangeOf, shareOf } from "./range.ts"
import { framed, type Labels } from "./textFrame.ts"

export interface LineOptions {
  /** Where the values lie: [n]. Default: 0, 1, 2, … */
  readonly x?: Drawable
  readonly title?: string
}

type Point = readonly [number, number]

const seriesOf = (values: Numbers): readonly (readonly number[])[] => {
  const { shape, data } = values
  if (shape.length > 2 || shape.length === 0)
    refuseShape("line", values, "lines are drawn of [n] or [series, n]", "reshape it, or take a row")
  const count = shape.at(-1)!
  const many = shape.length === 1 ? 1 : shape[0]!
  return Array.from({ length: many }, (_, s) => Array.from({ length: count }, (_, i) => data[s * count + i]!))
}

// Neighbours that can be joined: a value that is not finite leaves a gap.
const segmentsOf = (series: readonly number[], x: ArrayLike<number>): readonly (readonly [Point, Point])[] =>
  series.slice(1).flatMap((value, i) => {
    const segment = [[x[i]!, series[i]!] as const, [x[i + 1]!, value] as const] as const
    return segment.flat().every(Number.isFinite) ? [segment] : []
  })

/**
 * Curves of values [n] or [series, n], one above the other in one frame. `x` says where the values lie. What is not finite leaves a
 * gap.
 */
export const line = async (values: Drawable, { x, title = "" }: LineOptions = {}): Promise<Figure> => {
  const series = seriesOf(await numbersOf("line", values))
  const count = series[0]?.length ?? 0
  const places = x === undefined ? Array.from({ length: count }, (_, i) => i) : (await numbersOf("line", x)).data
  if (places.length !== count)
    refuseShape(
      "line",
      { shape: [places.length], data: [] },
      `${count} values have ${places.length} places`,
      "give one x for each value",
    )
  const labels: Labels = { x: rangeOf(Array.from(places)), y: rangeOf(series.flat()), title }
  const segments = series.map((each) => segmentsOf(each, places))

  const text = ({ columns, rows, colour }: { columns: number; rows: number; colour: boolean }): string => {
    const canvas = dotCanvas(columns, rows)
    const place = ([x, y]: Point): Point => [
      shareOf(labels.x, x) * (canvas.width - 1),
      (1 - shareOf(labels.y, y)) * (canvas.height - 1),
    ]
    for (const [s, each] of segments.entries())
      for (const [from, to] of each) {
        const [[x0, y0], [x1, y1]] = [place(from), place(to)]
        const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))))
        for (let i = 0; i <= steps; i++)
          canvas.set(
            Math.round(x0 + ((x1 - x0) * i) / steps),
            Math.round(y0 + ((y1 - y0) * i) / steps),
            seriesColour(s),
          )
      }
    return framed(canvas.lines(colour), columns, labels)
  }

  return figure({
    text,
    picture: (size) =>
      framedPicture(size, labels, ({ picture, place }) => {
        for (const [s, each] of segments.entries())
          for (const [from, to] of each) stroke(picture, place(...from), place(...to), 3, seriesColour(s))
      }),
  })
}
