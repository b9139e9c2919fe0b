import type { Shape } from "../../../src/shape/shape.ts"
import { numbers } from "../numberCase.ts"

export const inf = Infinity

/** `length` numbers by their place, counting from 0 unless said. */
export const count = (length: number, at: (i: number) => number = (i) => i, shape: Shape = [length]) =>
  numbers(
    Array.from({ length }, (_, i) => at(i)),
    "f32",
    shape,
  )

/** An array of rows. */
export const square = (...rows: readonly (readonly number[])[]) =>
  numbers(rows.flat(), "f32", [rows.length, rows[0]!.length])
