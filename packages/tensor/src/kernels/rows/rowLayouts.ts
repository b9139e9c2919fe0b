import type { Group } from "../dispatch/group.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { emitRows, plainLayout, type RowLayout } from "./emitRows.ts"

/** Trailing elements over which an expansion repeats one value. */
const repeatedBy = (tensor: Tensor): number => {
  const [x] = tensor.inputs as readonly [Tensor]
  const added = tensor.shape.length - x.shape.length
  const last = tensor.shape.findLastIndex(
    (extent, axis) => extent !== 1 && (axis >= added ? x.shape[axis - added] : 1) === extent,
  )
  return sizeOf(tensor.shape.slice(last + 1))
}

/** Lengths of equal parts of a row over each of which something read stays the same, as a channel's scale does. */
const partsOf = ({ inside }: Group, length: number): readonly number[] => [
  ...new Set(
    inside
      .filter(({ op }) => op.name === "expand")
      .map(repeatedBy)
      .filter((part) => part > 1 && part < length && length % part === 0),
  ),
]

const dividesPerElement = (program: RowProgram, layout: RowLayout): boolean => {
  const code = emitRows(program, layout)
  return [...(code?.walks ?? []), code?.rows].some((pass) => pass?.lines.some((line) => line.includes("quotient(")))
}

// The longest parts without a division for every element, if there are any that keep all lanes busy.
const partFor = (group: Group, layout: RowLayout): number => {
  if (!dividesPerElement(group.rows!, layout)) return layout.part
  const parts = partsOf(group, layout.part).filter((part) => part % layout.width === 0 && part >= 2 * layout.lanes)
  return (
    parts.toSorted((a, b) => b - a).find((part) => !dividesPerElement(group.rows!, { ...layout, part })) ?? layout.part
  )
}

/** Whether rows share something they read, as a layer norm's rows share scale and offset. */
const sharesReads = ({ reads }: RowProgram, length: number): boolean =>
  reads.some(({ shape }) => sizeOf(shape) === length)

const rowsAtOnce = (program: RowProgram): number => {
  const { rows, length } = extentsOf(program.domain)
  // Several rows may overlap the last ones: two invocations would store what either reads back.
  if (!sharesReads(program, length) || (program.kept ?? []).length > 0) return 1
  return rows >= 1024 ? 4 : rows >= 128 ? 2 : 1
}

const stepsFor = (span: number, lanes: number, most: number): number =>
  [4, 2].find((steps) => steps <= most && span % (lanes * steps) === 0) ?? 1

// Loads in a loop's body are independent of one another: about eight keep a core busy, more no longer fit its registers.
const stepsOf = (span: number, lanes: number, rows: number): RowLayout["steps"] => ({
  fold: stepsFor(span, lanes, rows === 1 ? 4 : 2),
  write: stepsFor(span, lanes, rows === 1 ? 4 : rows === 2 ? 2 : 1),
})

/** Most statements in a loop's body: longer code no longer fits a processor's instruction cache. */
const longestBody = 160

const isShort = (program: RowProgram, layout: RowLayout): boolean => {
  const code = emitRows(program, layout)
  return code !== null && [...code.walks, code.rows].every(({ lines }) => lines.length <= longestBody)
}

/** Layouts for a group of rows, the best first; the last one computes any. */
export const rowLayouts = (group: Group, lanes: number, together = lanes): readonly RowLayout[] => {
  const program = group.rows!
  const plain = { ...plainLayout(program, lanes), ...(together === lanes ? {} : { together }) }
  const width = plain.part % 4 === 0 ? 4 : 1
  const simple: RowLayout = { ...plain, width, part: partFor(group, { ...plain, width }) }
  const atOnce = rowsAtOnce(program)
  const several = [atOnce, 2, 1].map((rows) => ({
    ...simple,
    rows,
    steps: stepsOf(simple.part / width, lanes, rows),
  }))
  return [...several.filter((layout) => layout.rows <= atOnce && isShort(program, layout)), simple, plain]
}
