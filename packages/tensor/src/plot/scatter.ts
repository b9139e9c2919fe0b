import { dotCanvas } from "./braille.ts"
import { seriesColour } from "./colour.ts"
import { figure, type Figure } from "./figure.ts"
import type { Drawable } from "./numbersOf.ts"
import { fillDisc } from "./picture.ts"
import { framedPicture } from "./pictureFrame.ts"
import { labelledPoints } from "./points.ts"
import { rangeOf, shareOf } from "./range.ts"
import { framed, type Labels } from "./textFrame.ts"

export interface ScatterOptions {
  /** The class of each point, a whole number: [n]. Classes have colours. */
  readonly label?: Drawable
  readonly title?: string
}

/** Points [n, 2]: x and y of each. */
export const scatter = async (points: Drawable, { label, title = "" }: ScatterOptions = {}): Promise<Figure> => {
  const found = await labelledPoints("scatter", points, label)
  const labels: Labels = { x: rangeOf(found.map(({ x }) => x)), y: rangeOf(found.map(({ y }) => y)), title }

  const text = ({ columns, rows, colour }: { columns: number; rows: number; colour: boolean }): string => {
    const canvas = dotCanvas(columns, rows)
    for (const { x, y, label } of found) {
      const column = Math.round(shareOf(labels.x, x) * (canvas.width - 1))
      canvas.set(column, Math.round((1 - shareOf(labels.y, y)) * (canvas.height - 1)), seriesColour(label))
    }
    return framed(canvas.lines(colour), columns, labels)
  }

  return figure({
    text,
    picture: (size) =>
      framedPicture(size, labels, ({ picture, place }) => {
        for (const { x, y, label } of found) fillDisc(picture, ...place(x, y), 7, seriesColour(label))
      }),
  })
}
