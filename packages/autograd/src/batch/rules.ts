import {
  add,
  applyOp,
  clamp,
  concat,
  expand,
  iota,
  minimum,
  mul,
  permute,
  reshape,
  type Op,
  type Shape,
  type Tensor,
} from "@diva/tensor"
import { convolutionRules } from "./convolution.ts"
import { stretched, type BatchCall, type BatchRule } from "./rule.ts"

const allStretched = (call: BatchCall): readonly Tensor[] => call.inputs.map((_, i) => stretched(call, i))

/** Axis `from` of a tensor as its axis `to`. */
export const moveAxis = (x: Tensor, from: number, to: number): Tensor => {
  if (from === to) return x
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== from)
  return permute(x, order.toSpliced(to, 0, from))
}

/** Whether examples are mapped or not makes no difference to the op. */
const elementwise: BatchRule = (call) => applyOp(call.op, allStretched(call), call.attributes)

const next = (axes: unknown): readonly number[] => (axes as readonly number[]).map((axis) => axis + 1)

const reduction: BatchRule = ({ op, inputs, attributes }) =>
  applyOp(op, inputs, { ...attributes, axes: next(attributes["axes"]) })

/** The op with attributes changed to leave the new first axis alone. */
const withAttributes =
  (change: (call: BatchCall) => Readonly<Record<string, unknown>>): BatchRule =>
  (call) =>
    applyOp(call.op, allStretched(call), { ...call.attributes, ...change(call) })

const led = (first: number, rest: unknown): readonly number[] => [first, ...(rest as readonly number[])]

const expansion: BatchRule = ({ inputs, size, attributes }) => {
  const shape = attributes["shape"] as Shape
  const [x] = inputs as readonly [Tensor]
  const missing = shape.length + 1 - x.shape.length
  const aligned = reshape(x, [size, ...new Array<number>(missing).fill(1), ...x.shape.slice(1)])
  return expand(aligned, [size, ...shape])
}

// A matrix that serves all examples makes one tall product of them.
const product: BatchRule = (call) => {
  const { op, inputs, mapped, size, attributes } = call
  const [a, b] = inputs as readonly [Tensor, Tensor]
  if (mapped[1] === true || b.shape.length !== 2) return elementwise(call)
  const [rows, inner] = a.shape.slice(1) as [number, number]
  const tall = applyOp(op, [reshape(a, [size * rows, inner]), b], attributes)
  return reshape(tall, [size, rows, b.shape[1]!])
}

/** Row numbers, each example's own rows one after another: those outside are clamped first, as the op does. */
const ownRows = (indices: Tensor, rows: number): Tensor => {
  const inside = indices.dtype === "u32" ? minimum(indices, rows - 1) : clamp(indices, 0, rows - 1)
  const lead = [indices.shape[0]!, ...indices.shape.slice(1).map(() => 1)]
  return add(inside, mul(iota(lead, 0, indices.dtype), rows))
}

const gather: BatchRule = (call) => {
  const { op, inputs, mapped, size, attributes } = call
  const [table, indices] = inputs as readonly [Tensor, Tensor]
  if (mapped[0] !== true) return applyOp(op, inputs, attributes)
  if (mapped[1] !== true)
    return moveAxis(applyOp(op, [moveAxis(table, 0, 1), indices], attributes), indices.shape.length, 0)
  const [rows, ...row] = table.shape.slice(1) as [number, ...number[]]
  return applyOp(op, [reshape(table, [size * rows, ...row]), ownRows(indices, rows)], attributes)
}

const scatter: BatchRule = (call) => {
  const { op, inputs, mapped, size, attributes } = call
  const [updates, indices] = inputs as readonly [Tensor, Tensor]
  if (mapped[1] !== true)
    return moveAxis(applyOp(op, [moveAxis(updates, 0, indices.shape.length), indices], attributes), 1, 0)
  const rows = attributes["rows"] as number
  const sums = applyOp(op, [stretched(call, 0), ownRows(indices, rows)], { ...attributes, rows: size * rows })
  return reshape(sums, [size, rows, ...sums.shape.slice(1)])
}

// With one key every example draws the same; with a key each, what it would draw alone.
const random: BatchRule = (call) => {
  const { op, inputs, mapped, attributes } = call
  const one = mapped[0] !== true && inputs[0]!.shape.length === 1
  return applyOp(op, [one ? inputs[0]! : stretched(call, 0), stretched(call, 1)], attributes)
}

/** Ops that are neither pointwise nor fold axes, by name. */
const byName: Readonly<Record<string, BatchRule>> = {
  expand: expansion,
  reshape: withAttributes(({ size, attributes }) => ({ shape: led(size, attributes["shape"]) })),
  permute: withAttributes(({ attributes }) => ({ order: [0, ...next(attributes["order"])] })),
  flip: withAttributes(({ attributes }) => ({ axes: next(attributes["axes"]) })),
  concat: (call) => concat(allStretched(call), (call.attributes["axis"] as number) + 1),
  slice: withAttributes(({ size, attributes }) => ({
    starts: led(0, attributes["starts"]),
    ends: led(size, attributes["ends"]),
    steps: led(1, attributes["steps"]),
  })),
  pad: withAttributes(({ attributes }) => ({ low: led(0, attributes["low"]), high: led(0, attributes["high"]) })),
  contract: product,
  take: gather,
  scatterAdd: scatter,
  threefry: random,
  ...convolutionRules,
}

/** The batching rule of an op: its own, that for its name, or that of all ops of its kind; `undefined` if there is none. */
export const batchRuleOf = (op: Op): BatchRule | undefined => {
  if (op.batch !== undefined) return op.batch
  if (Object.hasOwn(byName, op.name)) return byName[op.name]
  const { kind } = op.lowering
  if (kind === "pointwise" || kind === "alias") return elementwise
  return kind === "reduce" ? reduction : undefined
}
