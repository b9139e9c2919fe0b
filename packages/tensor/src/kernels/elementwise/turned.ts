import { createBody, coordinatesOf } from "../../codegen/body.ts"
import { wgsl } from "../../codegen/expression.ts"
import type { Index } from "../../codegen/indexing.ts"
import { isQuadType } from "../../codegen/quads.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Group } from "../dispatch/group.ts"
import { besideRoot } from "../dispatch/bindGroup.ts"

/** Axes of a result and of what it reads in another order: neighbours of the one are neighbours of the result, of the other those of a read. */
export interface Turn {
  /** Axes of the root. */
  readonly along: number
  readonly across: number
  /** Stored tensors that are read across. */
  readonly reads: readonly Tensor[]
}

const space = "i"

/** Where each stored tensor is read for an element of the root, by the coordinates of that. */
const positionsIn = ({ root, reads }: Group): ReadonlyMap<Tensor, readonly Index[]> => {
  const positions = new Map<Tensor, Index[]>()
  const whole = { variable: space, shape: root.shape }
  const body = createBody([whole], (tensor, position) => {
    if (tensor === root || !reads.includes(tensor)) return null
    positions.set(tensor, [...(positions.get(tensor) ?? []), position])
    return wgsl`element`
  })
  body.value(root, coordinatesOf(whole))
  return positions
}

/** Axes of the root that are longer than 1, as coordinates count them. */
const axesOf = ({ root }: Group): readonly number[] =>
  root.shape.flatMap((extent, axis) => (extent === 1 ? [] : [axis]))

/** The axis along which an index goes in steps of 1, all others in whole quads; null where there is none, or where the index is no sum of axes. */
const axisOfSteps = ({ terms, offset }: Index): number | null => {
  const steps = terms.filter(({ coefficient }) => coefficient === 1)
  const isPlain =
    offset % 4 === 0 &&
    terms.every(({ atom, coefficient }) => atom.axis !== undefined && (coefficient === 1 || coefficient % 4 === 0))
  return isPlain && steps.length === 1 ? steps[0]!.atom.axis!.axis : null
}

const turnFor = (group: Group): Turn | null => {
  const axes = axesOf(group)
  const along = axes.length - 1
  const found = new Map<number, Tensor[]>()
  for (const [tensor, positions] of positionsIn(group)) {
    const steps = new Set(positions.map(axisOfSteps))
    const across = [...steps].find((axis) => axis !== along)
    if (across !== undefined && across !== null && !steps.has(null) && isQuadType(tensor.dtype))
      found.set(across, [...(found.get(across) ?? []), tensor])
  }
  const size = (tensors: readonly Tensor[]): number => tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const [most] = [...found].toSorted(([, a], [, b]) => size(b) - size(a))
  return most === undefined ? null : { along: axes[along]!, across: axes[most[0]]!, reads: most[1] }
}

/** Elements below which nothing is gained. */
const smallest = 1024

/** Nodes of expressions that are written sixteen times. */
const mostNodes = 24

const known = new WeakMap<Group, Turn | null>()

/** How a group without anchor reads stored tensors across the order of its result; null where it does not, or not in whole quads. */
export const turnOf = (group: Group): Turn | null => {
  const held = known.get(group)
  if (held !== undefined) return held
  const { root, anchor, inside } = group
  const mayTurn =
    anchor === null &&
    isQuadType(root.dtype) &&
    sizeOf(root.shape) >= smallest &&
    inside.length <= mostNodes &&
    inside.some(({ op }) => op.name === "permute") &&
    besideRoot(group).length === 0
  const turn = mayTurn ? turnFor(group) : null
  const fits = turn !== null && root.shape[turn.along]! % 4 === 0 && root.shape[turn.across]! % 4 === 0
  known.set(group, fits ? turn : null)
  return fits ? turn : null
}
