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
export { interpret } from "./interpret.ts"
export { sameShape, sizeOf, showSpec, type Shape, type Spec } from "./shape.ts"
export { fillTree, leavesOf, mapTree, type Mapped, type PathLeaf, type Tree } from "./tree.ts"
export type { HostArray, Op, Pullback } from "./op.ts"
export type { Operand } from "./call.ts"
export { dual } from "./dual.ts"
