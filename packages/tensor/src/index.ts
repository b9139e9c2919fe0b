/// <reference lib="esnext.disposable" preserve="true" />
/// <reference lib="esnext.float16" preserve="true" />
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
export { byteWidth, type DType, type HostData } from "./dtype/dtype.ts"
export { Float16, isView } from "./dtype/float16.ts"
export { describedAt, isTensor, applyOp } from "./graph/graph.ts"
export type { Showing, Tensor } from "./graph/tensor.ts"
export { reachable } from "./graph/reachable.ts"
export { interpret, type InterpretOptions } from "./graph/interpret.ts"
export { showValues } from "./text/values.ts"
export { statisticsOf, type Statistics } from "./text/statistics.ts"
export { sameShape, sizeOf, showSpec, type Shape, type Spec } from "./shape/shape.ts"
export { fillTree, leavesOf, mapTree, type Mapped, type PathLeaf, type Tree } from "./graph/tree.ts"
export type { Attributes, Batch, Example, Law, Lowering, Op, Pullback, Sample } from "./op/op.ts"
export { defineOp, type OpDefinition } from "./op/defineOp.ts"
export { pointwiseOp, type PointwiseDefinition } from "./op/pointwise.ts"
export { optionsOf } from "./op/options.ts"
export type { Operand } from "./ops/call.ts"
export { wgsl, type Wgsl } from "./codegen/expression.ts"
export { dual } from "./op/dual.ts"
export type { CompileProgress } from "./device/compiling.ts"
export { openDevice, type Device, type OpenOptions } from "./device/open.ts"
export {
  planOf,
  type Arguments,
  type Compiled,
  type CompileOptions,
  type Results,
  type Specs,
} from "./device/programs/compile.ts"
export { bool, f16, f32, i32, u32, isHostArray, type HostArray, type Typed } from "./host/array.ts"
export type { Nested } from "./host/nested.ts"
export { isSpec, like } from "./graph/like.ts"
export type { Compilation, JitArguments, JitOptions, Jitted } from "./device/programs/jit.ts"
export type { Given } from "./device/programs/given.ts"
export { isDeviceArray, type DeviceArray } from "./device/arrays/array.ts"
export { agreeing, counted } from "./text/counted.ts"
export { columns, type Side } from "./text/columns.ts"
// Pictures and traces of profiles are under @diva/tensor/profile alone.
export * from "./profile/measured.ts"
export { adapterKey } from "./adapter/adapterKey.ts"
// What decisions are held in. Measuring is under @diva/tensor/tune alone: a page that only computes need not load it.
export * from "./decisions/index.ts"
export type { Ceilings } from "./device/ceilings/ceilings.ts"
export type { MatrixCeiling } from "./device/ceilings/matrixProducts.ts"
export type { StepTime } from "./device/programs/timed.ts"
export type { AdapterFacts, MatrixNumber, MatrixShape, MatrixSpelling, MatrixUnits } from "./adapter/adapterFacts.ts"
export { featureNames, wantedFeatures, type FeatureName } from "./device/features.ts"
export type { SelfTestResult } from "./device/selfTest/selfTest.ts"
export { selfTestsInMemory, testingAgain, type SelfTestMemory } from "./device/selfTest/memory.ts"
export type { Choice, Choose, Decision } from "./kernels/way/choice.ts"
export type { KernelFacts } from "./adapter/kernelFacts.ts"
export { knownAdapters, type KnownAdapter } from "./adapter/known.ts"
export { modelFor } from "./adapter/models.ts"
export type { CostModel } from "./adapter/costModel.ts"
export { planningFor, type PlanFor, type Planning } from "./plan/planning.ts"
export { precisions, type Precision } from "./precision/precision.ts"
export { withPrecision, withPrecisionOf } from "./precision/scope.ts"
export { fromHere } from "./graph/trace.ts"
export type { Plan, PlanStep, PlanValue } from "./plan/plan.ts"
export * from "./key/index.ts"
