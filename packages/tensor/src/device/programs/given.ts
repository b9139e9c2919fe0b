import { isTensor } from "../../graph/graph.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { hostArray, isHostArray, type HostArray } from "../../host/array.ts"
import { interpret } from "../../graph/interpret.ts"
import { leavesOf, mapTree, type Mapped } from "../../graph/tree.ts"
import { isDeviceArray, type DeviceArray } from "../arrays/array.ts"

/** What stands for numbers in a tree: an array on the device or the host, a constant expression, a number (f32[]). */
export type Given = DeviceArray | HostArray | Tensor | number

const isGiven = (value: unknown): value is Given =>
  isDeviceArray(value) || isHostArray(value) || isTensor(value) || typeof value === "number"

/**
 * The tree with arrays for leaves: constant expressions are computed, by the ops' references, so their numbers are the same
 * wherever they go. Throws `InvalidData` for an expression of a program's arguments, `TreeMismatch` for what holds no numbers.
 */
export const arraysOf = <T>(op: string, tree: T): Mapped<T, Given, DeviceArray | HostArray> => {
  const leaves = leavesOf(tree, isGiven, op).map(({ leaf }) => leaf)
  // Together, since what several are made of is computed once.
  const tensors = leaves.filter(isTensor)
  const values = interpret(tensors) as unknown as readonly HostArray[]
  const computed = new Map(tensors.map((tensor, i) => [tensor, values[i]!]))
  const arrayOf = (leaf: Given): DeviceArray | HostArray => {
    if (typeof leaf === "number") return hostArray({ shape: [], dtype: "f32" }, new Float32Array([leaf]))
    return isTensor(leaf) ? computed.get(leaf)! : leaf
  }
  return mapTree(tree, isGiven, arrayOf, op)
}
