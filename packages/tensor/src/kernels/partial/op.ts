import * as E from "fp-ts/lib/Either.js"
import { constantIndex } from "../../codegen/indexing.ts"
import { chain } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph.ts"
import type { Attributes, Op } from "../../op.ts"
import { sizeOf } from "../../shape.ts"
import { range } from "../emit/operand.ts"

/**
 * Nodes of the planner's own for sums that workgroups share: `partial` is what each part of them comes to, `sumOfParts` adds the parts in
 * their order. Apart, whoever reads the sum can add the parts when it loads them.
 */
const sumName = "sumOfParts"

const opOf = (tensor: Tensor): Op<Attributes> => tensor.op as unknown as Op<Attributes>

export const isSumOfParts = (tensor: Tensor): boolean => tensor.op.name === sumName

interface PartialOp extends Op<Attributes> {
  /** The op whose sums come in parts. */
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
    doc: `what each part of the sums of ${of.name} comes to`,
    gives: () => E.right({ shape: [], dtype: "f32" }),
    cpu: () => {},
    lowering: of.lowering,
    vjp: { none: "planning splits sums when derivatives are taken already" },
    flops: (inputs, output, attributes) => of.flops(inputs, { ...output, shape: output.shape.slice(1) }, attributes),
    shows: [],
    samples: [],
  }
  partialOps.set(of, made)
  return made
}

/** The kernel whose parts a partial sum is. */
export const wholeOf = (partial: Tensor): Tensor => ({
  ...partial,
  op: (partial.op as unknown as PartialOp).of as unknown as Tensor["op"],
  shape: partial.shape.slice(1),
})

/** In how many parts it is computed. */
export const partsIn = ({ shape }: Tensor): number => shape[0]!

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

/** A kernel as the sum of so many parts. Ids only have to stay in the order in which nodes can be computed. */
export const inParts = (kernel: Tensor, parts: number): Tensor => {
  const partial: Tensor = {
    ...kernel,
    id: kernel.id - 1e-3,
    op: partialOp(opOf(kernel)) as unknown as Tensor["op"],
    shape: [parts, ...kernel.shape],
  }
  return { ...kernel, op: sumOp as unknown as Tensor["op"], inputs: [partial], attributes: {} }
}
