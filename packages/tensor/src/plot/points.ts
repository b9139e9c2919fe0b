import { numbersOf, refuseShape, type Drawable } from "./numbersOf.ts"

/** A point with the number of its class. */
export interface Labelled {
  readonly x: number
  readonly y: number
  readonly label: number
}

/** Points [n, 2] with classes [n] (0 where none are given), those that are finite. */
export const labelledPoints = async (op: string, points: Drawable, label?: Drawable): Promise<readonly Labelled[]> => {
  const given = await numbersOf(op, points)
  const [count, width] = given.shape
  if (given.shape.length !== 2 || width !== 2)
    refuseShape(op, given, "points are [n, 2]: x and y of each", "stack([x, y], 1) joins two columns")
  const labels = label === undefined ? undefined : await numbersOf(op, label)
  if (labels !== undefined && labels.data.length !== count)
    refuseShape(op, labels, `${count} points have ${labels.data.length} labels`, "give one label for each point")
  return Array.from({ length: count! }, (_, i) => ({
    x: given.data[2 * i]!,
    y: given.data[2 * i + 1]!,
    label: labels?.data[i] ?? 0,
  })).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
}
