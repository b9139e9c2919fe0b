import { Effect } from "effect"
import { applyOp, isTensor, leavesOf, mapTree, reachable, type HostArray, type Tensor } from "@diva/tensor"
import { Gpu } from "../../src/index.ts"

/** Arithmetic of matrix units: operands of products rounded to f16, or split in two f16. */
export type Narrow = "medium" | "high"

const float32 = new Float32Array(1)
const bits = new Uint32Array(float32.buffer)

/** What is left of an f32 without its lowest 13 bits: what f16 holds of one in its range. */
const upperOf = (x: number): number => {
  float32[0] = x
  bits[0] = bits[0]! & 0xffffe000
  return float32[0]
}

const power = (data: ArrayLike<number>): number => {
  let largest = 0
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!))
  return largest > 0 && largest < Infinity ? 2 ** (14 - Math.floor(Math.log2(largest))) : 1
}

/** An operand as f16 holds it, scaled so that its largest magnitude is 2¹⁴ … 2¹⁵ and back; `of` gives what is held of a number. */
const heldAs = (operand: HostArray, of: (x: number) => number): HostArray => {
  if (operand.dtype !== "f32") return operand
  const scale = power(operand.data)
  const half = Float16Array.from(operand.data as Float32Array, (x) => of(x * scale))
  return { ...operand, data: Float32Array.from(half, (x) => x / scale) }
}

const rounded = (operand: HostArray): HostArray => heldAs(operand, (x) => x)
const highOf = (operand: HostArray): HostArray => heldAs(operand, upperOf)

// The rest is scaled with the whole, not by its own largest number.
const lowOf = (operand: HostArray): HostArray => {
  if (operand.dtype !== "f32") return { ...operand, data: new Float32Array(operand.data.length) }
  const scale = power(operand.data)
  const half = Float16Array.from(operand.data as Float32Array, (x) => x * scale - upperOf(x * scale))
  return { ...operand, data: Float32Array.from(half, (x) => x / scale) }
}

/** Both halves of an operand together. */
const splitOf = (operand: HostArray): HostArray => {
  const [high, low] = [highOf(operand), lowOf(operand)]
  return {
    ...operand,
    data: Float32Array.from(high.data as Float32Array, (x, i) => x + Number(low.data[i]!)),
  }
}

type Cpu = (
  inputs: readonly HostArray[],
  output: HostArray,
  attributes: never,
  held?: (weight: number) => number,
) => void

/** Products are linear in both operands: of three pairs of halves, that of the lower ones left out. */
const productsOf =
  (cpu: Cpu, narrow: Narrow): Cpu =>
  ([a, b], output, attributes) => {
    if (narrow === "medium") return cpu([rounded(a!), rounded(b!)], output, attributes)
    const pairs = [
      [lowOf(a!), highOf(b!)],
      [highOf(a!), lowOf(b!)],
      [highOf(a!), highOf(b!)],
    ]
    for (const pair of pairs) {
      const part: HostArray = {
        ...output,
        data: new Float32Array(output.data.length),
      }
      cpu(pair, part, attributes)
      for (let i = 0; i < part.data.length; i++) output.data[i] = Number(output.data[i]!) + Number(part.data[i]!)
    }
  }

const significant = (digits: number, x: number): number => {
  if (x === 0 || !Number.isFinite(x)) return x
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - digits + 1)
  return Math.round(x / unit) * unit
}

/** Weights and slopes that are small beside the largest lose bits to f16's range as well; to none of these models that matters. */
const attentionOf =
  (cpu: Cpu, narrow: Narrow): Cpu =>
  (inputs, output, attributes) => {
    const operand = narrow === "medium" ? rounded : splitOf
    // The sums of rows and δ, numbers 3 and 5, are not multiplied.
    const given = inputs.map((input, i) => (i === 3 || i === 5 ? input : operand(input)))
    cpu(given, output, attributes, (weight) => significant(narrow === "medium" ? 11 : 21, weight))
  }

const narrowed: Readonly<Record<string, (cpu: Cpu, narrow: Narrow) => Cpu>> = {
  contract: productsOf,
  conv2d: productsOf,
  conv2dInput: productsOf,
  conv2dWeight: productsOf,
  attention: attentionOf,
  attentionQueries: attentionOf,
  attentionKeys: attentionOf,
}

/** The same program with the products of matrix units in place of exact ones. */
const throughUnits = <Out>(outputs: Out, narrow: Narrow): Out => {
  const found = new Map<Tensor, Tensor>()
  for (const tensor of reachable(leavesOf(outputs, isTensor).map(({ leaf }) => leaf))) {
    const op = tensor.op as unknown as { readonly cpu: Cpu }
    const cpu = narrowed[tensor.op.name]?.(op.cpu, narrow) ?? op.cpu
    const inputs = tensor.inputs.map((input) => found.get(input)!)
    found.set(tensor, applyOp({ ...tensor.op, cpu } as never, inputs, tensor.attributes))
  }
  return mapTree(outputs, isTensor, (tensor: Tensor) => found.get(tensor)!) as Out
}

/** The ops' CPU references, all that multiplies computed as matrix units would: what a precision does to a model, without a card. */
export const narrowGpu = (narrow: Narrow) =>
  Effect.gen(function* () {
    const exact = yield* Gpu
    const compile: typeof exact.compile = (describe, specs, options) =>
      exact.compile((args) => throughUnits(describe(args), narrow), specs, options)
    return Gpu.of({ ...exact, compile })
  }).pipe(Effect.provide(Gpu.layerInterpreter))
