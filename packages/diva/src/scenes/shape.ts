/**
 * A plane shape by its signed distance: `at(x, y)` is negative inside, positive outside, and near the edge its size is
 * the distance to it. Coordinates are a thing's own: x to the right, y down, −1 … 1. Beyond its bounds it is outside.
 */
export interface Shape {
  readonly at: (x: number, y: number) => number
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export type Point = readonly [number, number]

const shape = (at: Shape["at"], [left, top]: Point, [right, bottom]: Point): Shape => ({ at, left, top, right, bottom })

const length = (x: number, y: number): number => Math.sqrt(x * x + y * y)
const clamp01 = (t: number): number => (t < 0 ? 0 : t > 1 ? 1 : t)

export const circle = (cx: number, cy: number, r: number): Shape =>
  shape((x, y) => length(x - cx, y - cy) - r, [cx - r, cy - r], [cx + r, cy + r])

/** Axis-aligned ellipse; the distance is exact on the edge and first order near it. */
export const ellipse = (cx: number, cy: number, rx: number, ry: number): Shape =>
  shape(
    (x, y) => {
      const u = (x - cx) / rx
      const v = (y - cy) / ry
      const slope = length(u / rx, v / ry)
      const k = length(u, v)
      return slope === 0 ? -Math.min(rx, ry) : (k * (k - 1)) / slope
    },
    [cx - rx, cy - ry],
    [cx + rx, cy + ry],
  )

/** Rectangle from corner to corner, its corners rounded by `round`. */
export const box = ([left, top]: Point, [right, bottom]: Point, round = 0): Shape => {
  const [cx, cy] = [(left + right) / 2, (top + bottom) / 2]
  const [hx, hy] = [(right - left) / 2 - round, (bottom - top) / 2 - round]
  return shape(
    (x, y) => {
      const dx = Math.abs(x - cx) - hx
      const dy = Math.abs(y - cy) - hy
      return length(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - round
    },
    [left, top],
    [right, bottom],
  )
}

/** A segment of thickness 2r with round ends. */
export const stroke = ([ax, ay]: Point, [bx, by]: Point, r: number): Shape => {
  const [ex, ey] = [bx - ax, by - ay]
  const squared = ex * ex + ey * ey
  return shape(
    (x, y) => {
      const t = squared === 0 ? 0 : clamp01(((x - ax) * ex + (y - ay) * ey) / squared)
      return length(x - ax - t * ex, y - ay - t * ey) - r
    },
    [Math.min(ax, bx) - r, Math.min(ay, by) - r],
    [Math.max(ax, bx) + r, Math.max(ay, by) + r],
  )
}

interface Edge {
  readonly from: Point
  readonly to: Point
}

const squaredDistance = ({ from: [ax, ay], to: [bx, by] }: Edge, x: number, y: number): number => {
  const [ex, ey] = [bx - ax, by - ay]
  const t = clamp01(((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey))
  const [dx, dy] = [x - ax - t * ex, y - ay - t * ey]
  return dx * dx + dy * dy
}

/** Whether a ray to the right from (x, y) meets the edge: an odd number of meetings means inside. */
const meets = ({ from: [ax, ay], to: [bx, by] }: Edge, x: number, y: number): boolean =>
  ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)

const bounds = (points: readonly Point[], margin: number): readonly [Point, Point] => {
  const xs = points.map(([x]) => x)
  const ys = points.map(([, y]) => y)
  return [
    [Math.min(...xs) - margin, Math.min(...ys) - margin],
    [Math.max(...xs) + margin, Math.max(...ys) + margin],
  ]
}

/** A closed polygon, grown and rounded by `round`. */
export const polygon = (points: readonly Point[], round = 0): Shape => {
  const edges = points.map((from, i): Edge => ({ from, to: points[(i + 1) % points.length] as Point }))
  return shape(
    (x, y) => {
      let nearest = Infinity
      let inside = false
      for (const edge of edges) {
        nearest = Math.min(nearest, squaredDistance(edge, x, y))
        if (meets(edge, x, y)) inside = !inside
      }
      return (inside ? -Math.sqrt(nearest) : Math.sqrt(nearest)) - round
    },
    ...bounds(points, round),
  )
}

/** A star with `count` points, the first upwards. `depth`: inner radius over outer. */
export const starShape = (cx: number, cy: number, r: number, count: number, depth: number, round = 0): Shape =>
  polygon(
    Array.from({ length: 2 * count }, (_, i): Point => {
      const radius = i % 2 === 0 ? r : r * depth
      const angle = (Math.PI * i) / count
      return [cx + radius * Math.sin(angle), cy - radius * Math.cos(angle)]
    }),
    round,
  )

export const union = (a: Shape, b: Shape): Shape =>
  shape(
    (x, y) => Math.min(a.at(x, y), b.at(x, y)),
    [Math.min(a.left, b.left), Math.min(a.top, b.top)],
    [Math.max(a.right, b.right), Math.max(a.bottom, b.bottom)],
  )

/** The part of `a` inside `b`. */
export const within = (a: Shape, b: Shape): Shape =>
  shape(
    (x, y) => Math.max(a.at(x, y), b.at(x, y)),
    [Math.max(a.left, b.left), Math.max(a.top, b.top)],
    [Math.min(a.right, b.right), Math.min(a.bottom, b.bottom)],
  )

/** `a` without `b`. */
export const without = (a: Shape, b: Shape): Shape =>
  shape((x, y) => Math.max(a.at(x, y), -b.at(x, y)), [a.left, a.top], [a.right, a.bottom])

/** The edge of a shape, as a band of thickness 2r. */
export const outline = (a: Shape, r: number): Shape =>
  shape((x, y) => Math.abs(a.at(x, y)) - r, [a.left - r, a.top - r], [a.right + r, a.bottom + r])
