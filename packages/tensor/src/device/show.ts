import { isTensor } from "../graph/graph.ts"
import { hostArray, isHostArray, type HostArray } from "../host/array.ts"
import { printed } from "../text/printed.ts"
import { showValues } from "../text/values.ts"
import { leavesOf } from "../graph/tree.ts"
import { isDeviceArray, type DeviceArray } from "./arrays/array.ts"
import type { Given } from "./programs/given.ts"
import { jitOn, type JitDevice } from "./programs/jit.ts"

type Read = (arrays: readonly DeviceArray[]) => Promise<readonly HostArray[]>

const isGiven = (value: unknown): value is Given =>
  isDeviceArray(value) || isHostArray(value) || isTensor(value) || typeof value === "number"

/** Computes constant expressions together, in a program of their own that is gone afterwards. */
const computed = async (device: JitDevice, read: Read, leaves: readonly Given[]): Promise<readonly HostArray[]> => {
  const tensors = leaves.filter(isTensor)
  if (tensors.length === 0) return []
  using run = jitOn(device, (): readonly unknown[] => tensors, { name: "shown" })
  return await read((await run()) as unknown as readonly DeviceArray[])
}

/** Prints every leaf of a tree under its path; constant expressions are computed on the device. */
export const showOn = async (device: JitDevice, read: Read, tree: unknown): Promise<void> => {
  const found = leavesOf(tree, isGiven, "show")
  const leaves = found.map(({ leaf }) => leaf)
  const [ofTensors, ofArrays] = [
    [...(await computed(device, read, leaves))],
    [...(await read(leaves.filter(isDeviceArray)))],
  ]
  const valuesOf = (leaf: Given): HostArray => {
    if (typeof leaf === "number") return hostArray({ shape: [], dtype: "f32" }, Float32Array.of(leaf))
    return isTensor(leaf) ? ofTensors.shift()! : isDeviceArray(leaf) ? ofArrays.shift()! : leaf
  }
  for (const { path, leaf } of found) printed(`${path === "" ? "" : `${path}: `}${showValues(valuesOf(leaf))}`)
}
