// An op of one's own that brings its own ways: y[r, k] = x[r, 0] + … + x[r, k].
import {
  applyOp,
  constant,
  defineOp,
  flip,
  openDevice,
  raise,
  reshape,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import {
  assembleKernel,
  filledSeconds,
  finishFunction,
  labelOf,
  layoutsText,
  lines,
  operandOf,
  statement,
  viewParams,
  viewPosition,
  type Family,
  type Kernel,
  type Operand,
  type Site,
  type Way,
} from "@diva/tensor/kernels"

/** What both ways compute: rows of a view, wherever it lies. */
interface Problem {
  readonly x: Operand
  readonly rows: number
  readonly length: number
}

const workgroupSize = 64

/** `x` at element k of the row at hand. */
const element = ({ x }: Problem): string => statement`${x.load}(${viewPosition("x", "rk", ["row", "k"])})`

const kernelOf = (
  problem: Problem,
  { group, bindings }: Site,
  main: string,
  workgroups: number,
  shared = "",
): Kernel => {
  const { code, functions } = finishFunction(group, bindings)
  return assembleKernel({
    label: labelOf(group),
    family: "runningSum",
    bindings: bindings.entries,
    params: { rows: problem.rows, length: problem.length, ...viewParams("x", "rk", problem.x.view) },
    functions: [...functions, shared],
    code,
    elements: problem.rows * problem.length,
    workgroupSize,
    main,
    workgroups,
  })
}

/** An invocation walks a row: for many rows, and any adapter. */
export const walk: Way<Problem> = {
  name: "walk",
  needs: () => true,
  takes: () => true,
  numerics: () => "f32",
  candidates: () => [{}],
  cost: ({ rows, length }, _choice, model) =>
    filledSeconds(model, "registers", { workgroups: Math.ceil(rows / workgroupSize), flops: workgroupSize * length }),
  write: (problem, _choice, site) => [
    kernelOf(
      problem,
      site,
      lines(
        statement`let row = group * ${workgroupSize}u + lane;`,
        "if (row >= params.rows) { return; }",
        "var acc = 0.0f;",
        "for (var k = 0u; k < params.length; k++) {",
        `acc += ${element(problem)};`,
        "let at = row * params.length + k;",
        "store_out(at, finish(at, acc));",
        "}",
      ),
      Math.ceil(problem.rows / workgroupSize),
    ),
  ],
}

/** A workgroup shares a row in stretches, whose sums go through workgroup memory: for few long rows. */
export const stretches: Way<Problem> = {
  name: "stretches",
  needs: ({ workgroupMemory = 0 }) => workgroupMemory >= 4 * workgroupSize,
  takes: () => true,
  numerics: () => "f32",
  candidates: () => [{}],
  // Each invocation reads its stretch twice, and up to all sums once.
  cost: ({ rows, length }, _choice, model) => {
    const steps = 2 * Math.ceil(length / workgroupSize) + workgroupSize
    return filledSeconds(model, "registers", { workgroups: rows, flops: workgroupSize * steps })
  },
  write: (problem, _choice, site) => [
    kernelOf(
      problem,
      site,
      lines(
        "let row = group;",
        // Workgroups of a grid rounded up; all invocations of one leave together, before the barrier.
        "if (row >= params.rows) { return; }",
        statement`let stretch = (params.length + ${workgroupSize - 1}u) / ${workgroupSize}u;`,
        "let first = lane * stretch;",
        "let end = min(first + stretch, params.length);",
        "var sum = 0.0f;",
        `for (var k = first; k < end; k++) { sum += ${element(problem)}; }`,
        "sums[lane] = sum;",
        "workgroupBarrier();",
        "var acc = 0.0f;",
        "for (var before = 0u; before < lane; before++) { acc += sums[before]; }",
        "for (var k = first; k < end; k++) {",
        `acc += ${element(problem)};`,
        "let at = row * params.length + k;",
        "store_out(at, finish(at, acc));",
        "}",
      ),
      problem.rows,
      `var<workgroup> sums: array<f32, ${workgroupSize}>;`,
    ),
  ],
}

const family: Family<Problem> = {
  name: "runningSum",
  problem: ({ group, bindings }) => {
    const [rows, length] = group.anchor!.shape as readonly [number, number]
    return { x: operandOf(group, bindings, group.anchor!.inputs[0]!), rows, length }
  },
  key: ({ x, rows, length }) => `${rows}x${length}${layoutsText({ x })}`,
  ways: [walk, stretches],
}

const sumRows = ([x]: readonly HostArray[], { data, shape }: HostArray): void => {
  const length = shape[1]!
  for (let i = 0, sum = 0; i < data.length; i++) data[i] = sum = (i % length === 0 ? 0 : sum) + x!.data[i]!
}

export const runningSumOp = defineOp({
  name: "runningSum",
  doc: "y[r, k] = x[r, 0] + … + x[r, k].  x: [rows, length], f32.",
  gives: ([x]) =>
    x!.shape.length === 2 && x!.dtype === "f32"
      ? { shape: x!.shape, dtype: "f32" }
      : raise({
          _tag: "ShapeMismatch",
          op: "runningSum",
          rule: "x must be a matrix of f32",
          remedy: "reshape it to rows",
          operands: [{ name: "x", ...x!, axes: ["rows", "length"] }],
        }),
  cpu: sumRows,
  lowering: { kind: "kernel", family },
  // x[k] is in all sums from k on.
  vjp: ({ cotangent }) => [flip(runningSum(flip(cotangent, 1)), 1)],
  // Rows of all examples one after the other.
  batch: ({ inputs: [x] }) => reshape(runningSum(reshape(x!, [x!.shape[0]! * x!.shape[1]!, x!.shape[2]!])), x!.shape),
  flops: (_inputs, { shape }) => shape[0]! * shape[1]!,
  shows: [
    { inputs: [{ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }], output: { shape: [2, 3], values: [1, 3, 6, 4, 9, 15] } },
  ],
})

export const runningSum = (x: Tensor): Tensor => applyOp(runningSumOp, [x], {})

if (import.meta.main) {
  await using device = await openDevice()
  const program = (): Tensor => runningSum(constant([1, 2, 3, 4, 5, 6], [2, 3]))
  using compiled = await device.compile(program, {})
  const { data } = await device.read(compiled({}))
  console.log(...data) // => 1 3 6 4 9 15
  console.log(compiled.plan.steps[0]!.choice) // the way that was taken
}
