import * as E from "fp-ts/lib/Either.js"
import { constantIndex } from "../../codegen/indexing.ts"
import { chain } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Attributes, Op } from "../../op/op.ts"
import { sizeOf, type Shape } from "../../shape/shape.ts"
import type { Unfinished } from "../dispatch/kernel.ts"
import { range } from "../emit/operand.ts"

/**
 * Nodes of the planner's own for results that a last kernel would finish: `partial` is what the kernels before it leave, the parts of sums or
 * transformed planes; an inline op makes the result of that. Apart, whoever reads the result can finish it when it loads.
 */
const sumName = "sumOfParts"

const opOf = (tensor: Tensor): Op<Attributes> => tensor.op as unknown as Op<Attributes>

/** Whether it makes a result of what a partial kernel leaves: an element takes several loads. */
export const isFinish = (tensor: Tensor): boolean => tensor.inputs.length === 1 && isPartial(tensor.inputs[0]!)

interface PartialOp extends Op<Attributes> {
  /** The op whose results come unfinished. */
  readonly of: Op<Attributes>
}

export const isPartial = (tensor: Tensor): boolean => "of" in tensor.op

const partialOps = new Map<Op<Attributes>, PartialOp>()

const partialOp = (of: Op<Attributes>): PartialOp => {
  const held = partialOps.get(of)
  if (held !== undefined) return held
  const made: PartialOp = {
    name: `partial ${of.name}`,
    of,
    doc: `what the kernels of ${of.name} leave before the last one finishes its result`,
    gives: () => E.right({ shape: [], dtype: "f32" }),
    cpu: () => {},
    lowering: of.lowering,
    vjp: { none: "planning leaves results unfinished when derivatives are taken already" },
    flops: (inputs, output, attributes) => of.flops(inputs, { ...output, shape: heldIn(attributes).whole }, attributes),
    shows: [],
    samples: [],
  }
  partialOps.set(of, made)
  return made
}

/** What a partial node keeps among its attributes. */
type Held = Pick<Unfinished, "scratch" | "choice"> & { readonly whole: Shape }

const heldIn = ({ unfinished }: Attributes): Held => unfinished as Held

/** Which scratch memory of which choices a partial node is. */
export const unfinishedIn = ({ attributes }: Tensor): Held => heldIn(attributes)

/** The kernel whose result a partial one leaves unfinished. */
export const wholeOf = (partial: Tensor): Tensor => {
  const { unfinished, ...attributes } = partial.attributes as Attributes
  return {
    ...partial,
    op: (partial.op as unknown as PartialOp).of as unknown as Tensor["op"],
    shape: (unfinished as Held).whole,
    attributes,
  }
}

const sumOp: Op = {
  name: sumName,
  doc: "sumOfParts(p)[…i] = Σ p[part, …i], the parts in their order",
  gives: () => E.right({ shape: [], dtype: "f32" }),
  cpu: ([parts], output) => {
    const size = sizeOf(output.shape)
    for (let at = 0; at < parts!.data.length; at++) output.data[at % size]! += parts!.data[at]!
  },
  lowering: {
    kind: "inline",
    emit: (emit, index, _attributes, [parts]) =>
      chain(
        "+",
        range(parts!.shape[0]!).map((part) => emit.read(0, [constantIndex(part), ...index])),
      ),
  },
  vjp: { none: "planning splits sums when derivatives are taken already" },
  flops: ([parts]) => parts!.shape[0]! - 1,
  shows: [],
  samples: [],
}

/** Sums of so many parts, one part after another in scratch 0. */
export const sumInParts = (shape: Shape, parts: number): Unfinished => ({
  scratch: 0,
  shape: [parts, ...shape],
  op: sumOp,
  attributes: {},
  choice: { parts },
  loads: parts,
})

export const isSum = ({ op }: Unfinished): boolean => op === sumOp

/** A kernel as what finishes what it leaves. Ids only have to stay in the order in which nodes can be computed. */
export const finished = (kernel: Tensor, { op, attributes, scratch, choice, shape }: Unfinished): Tensor => {
  const held: Held = { scratch, choice, whole: kernel.shape }
  const partial: Tensor = {
    ...kernel,
    id: kernel.id - 1e-3,
    op: partialOp(opOf(kernel)) as unknown as Tensor["op"],
    attributes: { ...kernel.attributes, unfinished: held },
    shape,
  }
  return { ...kernel, op: op as unknown as Tensor["op"], inputs: [partial], attributes }
}
