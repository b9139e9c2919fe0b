import { faint, ink, paper } from "./colour.ts"
import {
  blankPicture,
  fillRectangle,
  halved,
  textHeight,
  textWidth,
  write,
  type Picture,
  type Rectangle,
} from "./picture.ts"
import type { PictureSize } from "./figure.ts"
import { shareOf, tickLabel, ticksOf } from "./range.ts"
import type { Labels } from "./textFrame.ts"

/** Where a drawing lies on its picture, and where its values lie in it. */
export interface Plane {
  readonly picture: Picture
  readonly area: Rectangle
  readonly place: (x: number, y: number) => readonly [number, number]
}

// Everything is drawn twice as large as it comes out, for smooth edges.
const [dot, space] = [4, 16]

const drawTicks = ({ picture, area, place }: Plane, { x, y }: Labels, withGrid: boolean): void => {
  const [right, bottom] = [area.left + area.width, area.top + area.height]
  for (const tick of ticksOf(y, 5)) {
    const [, at] = place(x[0], tick)
    if (withGrid) fillRectangle(picture, { left: area.left, top: at - 1, width: area.width, height: 2 }, faint)
    const label = tickLabel(tick)
    write(picture, label, [area.left - space - textWidth(label, dot), at - textHeight(dot) / 2], dot, ink)
  }
  for (const tick of ticksOf(x, 6)) {
    const [at] = place(tick, y[0])
    if (withGrid) fillRectangle(picture, { left: at - 1, top: area.top, width: 2, height: area.height }, faint)
    const label = tickLabel(tick)
    const left = Math.min(at - textWidth(label, dot) / 2, right - textWidth(label, dot))
    write(picture, label, [left, bottom + space], dot, ink)
  }
}

const drawEdges = ({ picture, area }: Plane): void => {
  const [right, bottom] = [area.left + area.width, area.top + area.height]
  fillRectangle(picture, { left: area.left - 2, top: area.top, width: 2, height: area.height + 2 }, ink)
  fillRectangle(picture, { left: area.left - 2, top: bottom, width: right - area.left + 4, height: 2 }, ink)
}

/** A picture with title, axes and ticks; `draw` fills the plane between them. */
export const framedPicture = (
  size: Required<PictureSize>,
  labels: Labels,
  draw: (plane: Plane) => void,
  withGrid = true,
): Picture => {
  const [width, height] = [size.width * 2, size.height * 2]
  const picture = blankPicture(width, height, paper)
  const widest = Math.max(0, ...ticksOf(labels.y, 5).map((tick) => textWidth(tickLabel(tick), dot)))
  const [left, top] = [widest + space * 3, labels.title === "" ? space * 2 : textHeight(dot) + space * 3]
  const area = { left, top, width: width - left - space * 2, height: height - top - textHeight(dot) - space * 3 }
  const place = (x: number, y: number): readonly [number, number] => [
    area.left + shareOf(labels.x, x) * area.width,
    area.top + (1 - shareOf(labels.y, y)) * area.height,
  ]
  const plane = { picture, area, place }
  if (labels.title !== "") write(picture, labels.title, [left, space], dot, ink)
  drawTicks(plane, labels, withGrid)
  draw(plane)
  drawEdges(plane)
  return halved(picture)
}
