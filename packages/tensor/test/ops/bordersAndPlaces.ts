import * as t from "../../src/ops/index.ts"
import { f32, range, rowsOf, total, type Composition } from "./composition.ts"

/** Where a place outside of [0, n) is read, by mode. */
const inside: Readonly<Record<string, (i: number, n: number) => number>> = {
  reflect: (i, n) => {
    const period = 2 * (n - 1)
    const at = ((i % period) + period) % period
    return at < n ? at : period - at
  },
  edge: (i, n) => Math.min(n - 1, Math.max(0, i)),
  circular: (i, n) => ((i % n) + n) % n,
}

const padding = (mode: "reflect" | "edge" | "circular"): Composition => ({
  name: `pad by ${mode}`,
  inputs: [f32([2, 4, 5])],
  build: (x) => t.pad(x!, { low: [0, 3, 1], high: [0, 2, 4], mode }),
  reference: (x) =>
    rowsOf(x!, 20).flatMap((plane) =>
      range(9).flatMap((i) => range(10).map((j) => plane[inside[mode]!(i - 3, 4) * 5 + inside[mode]!(j - 1, 5)]!)),
    ),
})

const cubic = (d: number): number => {
  const x = Math.abs(d)
  if (x <= 1) return 1.25 * x ** 3 - 2.25 * x ** 2 + 1
  return x < 2 ? -0.75 * x ** 3 + 3.75 * x ** 2 - 6 * x + 3 : 0
}

/** A row sampled at a place by weights of the distance; beyond the ends lies the outermost element. */
const sampled = (row: readonly number[], place: number, weight: (d: number) => number): number =>
  total(range(row.length + 8).map((k) => weight(place - (k - 4)) * row[inside["edge"]!(k - 4, row.length)]!))

const resizedRows = (
  name: string,
  options: t.ResizeOptions,
  value: (row: readonly number[], o: number) => number,
): Composition => ({
  name: `resize of rows by ${name}`,
  inputs: [f32([3, 5])],
  build: (x) => t.resize(x!, [8], options),
  reference: (x) => rowsOf(x!, 5).flatMap((row) => range(8).map((o) => value(row, o))),
})

const triangle = (d: number): number => Math.max(0, 1 - Math.abs(d))

const putting = (
  combine: NonNullable<t.PutOptions["combine"]>,
  join: (held: number, updates: readonly number[]) => number,
): Composition => ({
  name: `putAlongAxis, ${combine}`,
  inputs: [f32([4, 3]), { shape: [6, 3], dtype: "i32", low: -1, high: 4 }, f32([6, 3])],
  build: (x, indices, updates) => t.putAlongAxis(x!, indices!, updates!, { axis: 0, combine }),
  reference: (x, indices, updates) =>
    x!.map((held, k) => {
      const [row, column] = [Math.floor(k / 3), k % 3]
      const met = range(6).filter((j) => indices![j * 3 + column] === row)
      return met.length === 0
        ? held
        : join(
            held,
            met.map((j) => updates![j * 3 + column]!),
          )
    }),
})

/** What is padded by itself, resized, put in by number, multiplied up. */
export const bordersAndPlaces: readonly Composition[] = [
  padding("reflect"),
  padding("edge"),
  padding("circular"),
  resizedRows("nearest", { mode: "nearest" }, (row, o) => row[Math.floor((o * 5) / 8)]!),
  resizedRows("bilinear with aligned corners", { alignCorners: true }, (row, o) => sampled(row, (o * 4) / 7, triangle)),
  resizedRows("bicubic", { mode: "bicubic" }, (row, o) => sampled(row, (o + 0.5) * (5 / 8) - 0.5, cubic)),
  resizedRows("area", { mode: "area" }, (row, o) => {
    const covered = row.slice(Math.floor((o * 5) / 8), Math.ceil(((o + 1) * 5) / 8))
    return total(covered) / covered.length
  }),
  putting("set", (_held, updates) => updates.at(-1)!),
  putting("add", (held, updates) => held + total(updates)),
  putting("max", (held, updates) => Math.max(held, ...updates)),
  putting("min", (held, updates) => Math.min(held, ...updates)),
  {
    name: "product over an axis",
    inputs: [f32([2, 7, 3])],
    build: (x) => t.product(x!, { axis: 1 }),
    reference: (x) =>
      rowsOf(x!, 21).flatMap((plane) => range(3).map((c) => range(7).reduce((p, i) => p * plane[i * 3 + c]!, 1))),
  },
]
