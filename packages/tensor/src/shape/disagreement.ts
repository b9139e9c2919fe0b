import type { Shape } from "./shape.ts"

/** Axes of each shape, from 0, that do not broadcast with those of the others: counted from the last, they differ and are not 1. */
export const clashes = (shapes: readonly Shape[]): readonly (readonly number[])[] =>
  shapes.map((shape) =>
    shape.flatMap((extent, axis) => {
      const others = shapes.map((other) => other[other.length - shape.length + axis] ?? 1)
      return extent !== 1 && others.some((other) => other !== 1 && other !== extent) ? [axis] : []
    }),
  )

/** Axes of `shape`, from 0, whose extents are not those of `wanted`, an axis that may differ left out. */
export const differing = (shape: Shape, wanted: Shape, free = -1): readonly number[] =>
  shape.flatMap((extent, axis) => (axis === free || extent === wanted[axis] ? [] : [axis]))
