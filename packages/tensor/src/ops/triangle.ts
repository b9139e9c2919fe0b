import { dual } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { add } from "./add.ts"
import { greaterEqual } from "./greaterEqual.ts"
import { iota } from "./iota.ts"
import { lessEqual } from "./lessEqual.ts"
import { select } from "./select.ts"

const places = (op: string, x: Tensor, diagonal: number): readonly [rows: Tensor, columns: Tensor] => {
  if (x.shape.length < 2)
    raise({
      _tag: "ShapeMismatch",
      op,
      operands: [{ name: "x", shape: x.shape, dtype: x.dtype, axes: ["rows", "columns"] }],
      rule: "x must be a matrix or a batch of them",
      remedy: "unsqueeze(x, 0) makes a row of a vector",
    })
  const matrix = x.shape.slice(-2)
  return [add(iota(matrix, 0), diagonal), iota(matrix, 1)]
}

/** The part on and below a diagonal (counted from the main one to the right), 0 above.  x: [..., rows, columns] */
export const tril = dual("tril", (x, diagonal: number = 0) => {
  const [rows, columns] = places("tril", x, diagonal)
  return select(lessEqual(columns, rows), x, 0)
})

/** The part on and above a diagonal (counted from the main one to the right), 0 below.  x: [..., rows, columns] */
export const triu = dual("triu", (x, diagonal: number = 0) => {
  const [rows, columns] = places("triu", x, diagonal)
  return select(greaterEqual(columns, rows), x, 0)
})
