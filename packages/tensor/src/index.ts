export * from "./ops/index.ts"
export {
  attempt,
  isTensorError,
  raise,
  renderTensorError,
  tensorError,
  type TensorError,
  type TensorErrorDetail,
} from "./error.ts"
export { byteWidth, type DType, type HostData } from "./dtype.ts"
export { describedAt, isTensor, reachable, applyOp, type Tensor } from "./graph.ts"
export { interpret, type InterpretOptions } from "./interpret.ts"
export { sameShape, sizeOf, showSpec, type Shape, type Spec } from "./shape.ts"
export { fillTree, leavesOf, mapTree, type Mapped, type PathLeaf, type Tree } from "./tree.ts"
export type { HostArray, Op, Pullback } from "./op.ts"
export type { Operand } from "./call.ts"
export { dual } from "./dual.ts"
export { openDevice, type Device, type OpenOptions } from "./device/open.ts"
export {
  planOf,
  type Arguments,
  type Compiled,
  type CompileOptions,
  type Results,
  type Specs,
} from "./device/compile.ts"
export { isDeviceArray, type DeviceArray } from "./device/array.ts"
export type { DeviceInfo } from "./device/state.ts"
export type { KernelLimits } from "./kernels/kernel.ts"
export type { Plan, PlanStep, PlanValue } from "./plan/plan.ts"
export {
  hostFoldIn,
  hostKey,
  hostPermutation,
  hostRandomBits,
  hostSplitKey,
  hostUniform,
  type HostKey,
} from "./key/hostKey.ts"
