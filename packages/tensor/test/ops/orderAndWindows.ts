import * as t from "../../src/ops/index.ts"
import { f32, flipped, normalised, range, rowsOf, total, type Composition } from "./composition.ts"

const { sort: ascending } = t

/** Elements of each window of a plane, those outside left out. */
const pool = (
  x: readonly number[],
  [h, w]: readonly [number, number],
  size: number,
  stride: number,
  padding: number,
): readonly (readonly number[])[] => {
  const starts = (extent: number) =>
    range(Math.floor((extent + 2 * padding - size) / stride) + 1).map((i) => i * stride - padding)
  return starts(h).flatMap((top) =>
    starts(w).map((left) =>
      range(size * size).flatMap((k) => {
        const [i, j] = [top + Math.floor(k / size), left + (k % size)]
        return i >= 0 && i < h && j >= 0 && j < w ? [x[i * w + j]!] : []
      }),
    ),
  )
}

/** What sorts, keeps running values, or sees windows and batches. */
export const orderAndWindows: readonly Composition[] = [
  {
    name: "sort",
    inputs: [f32([3, 7], -2, 2)],
    build: (x) => ascending(x!),
    reference: (x) => rowsOf(x!, 7).flatMap((row) => row.toSorted((a, b) => a - b)),
  },
  {
    name: "topK of columns",
    inputs: [f32([5, 3], -2, 2)],
    build: (x) => t.topK(x!, 2, { axis: 0 }).values,
    reference: (x) => {
      const columns = flipped(rowsOf(x!, 3)).map((column) => column.toSorted((a, b) => b - a))
      return range(2).flatMap((i) => columns.map((column) => column[i]!))
    },
  },
  {
    name: "quantile",
    inputs: [f32([2, 6], -2, 2)],
    build: (x) => t.quantile(x!, 0.3, { axis: 1 }),
    reference: (x) =>
      rowsOf(x!, 6).map((row) => {
        const ordered = row.toSorted((a, b) => a - b)
        return ordered[1]! * 0.5 + ordered[2]! * 0.5
      }),
  },
  {
    name: "median of all",
    inputs: [f32([3, 3], -2, 2)],
    build: (x) => t.median(x!),
    reference: (x) => [x!.toSorted((a, b) => a - b)[4]!],
  },
  {
    name: "cumprod",
    inputs: [f32([2, 6], -1.5, 1.5)],
    build: (x) => t.cumprod(x!),
    reference: (x) => rowsOf(x!, 6).flatMap((row) => row.map((_, i) => row.slice(0, i + 1).reduce((a, b) => a * b, 1))),
  },
  {
    name: "cummax",
    inputs: [f32([2, 6])],
    build: (x) => t.cummax(x!),
    reference: (x) => rowsOf(x!, 6).flatMap((row) => row.map((_, i) => Math.max(...row.slice(0, i + 1)))),
  },
  {
    name: "maxPool of overlapping windows",
    inputs: [f32([1, 2, 5, 6])],
    build: (x) => t.maxPool(x!, { size: 3, stride: 2, padding: 1 }),
    reference: (x) =>
      rowsOf(x!, 30).flatMap((plane) => pool(plane, [5, 6], 3, 2, 1).map((window) => Math.max(...window))),
  },
  {
    name: "averagePool",
    inputs: [f32([1, 2, 5, 6])],
    build: (x) => t.averagePool(x!, { size: [2, 2], padding: 1 }),
    reference: (x) =>
      rowsOf(x!, 30).flatMap((plane) => pool(plane, [5, 6], 2, 2, 1).map((window) => total(window) / 4)),
  },
  {
    name: "batchNorm",
    inputs: [f32([2, 3, 2]), f32([3]), f32([3], 0.5, 2), f32([3]), f32([3])],
    build: (x, mean, variance, weight, bias) =>
      t.batchNorm(x!, { running: { mean: mean!, variance: variance! }, weight: weight!, bias: bias! }),
    reference: (x, mean, variance, weight, bias) =>
      x!.map((value, i) => {
        const c = Math.floor(i / 2) % 3
        return ((value - mean![c]!) / Math.sqrt(variance![c]! + 1e-5)) * weight![c]! + bias![c]!
      }),
  },
  {
    name: "batchNormTraining",
    inputs: [f32([4, 2, 3]), f32([2])],
    build: (x, weight) =>
      t.batchNormTraining(x!, { running: { mean: t.zeros([2]), variance: t.ones([2]) }, weight: weight! }).y,
    reference: (x, weight) => {
      const channels = [0, 1].map((c) =>
        normalised(
          x!.filter((_, i) => Math.floor(i / 3) % 2 === c),
          1e-5,
        ),
      )
      return x!.map((_, i) => {
        const [n, c, place] = [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3]
        return channels[c]![n * 3 + place]! * weight![c]!
      })
    },
  },
]
