import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { createBody, type Body } from "../../codegen/body.ts"
import { quadType, withQuads, type QuadReader } from "../../codegen/quads.ts"
import { addIndex, atomIndex, constantIndex, scaleIndex, type Index } from "../../codegen/indexing.ts"
import { prune } from "../../codegen/statements.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import { besideRoot, besideName } from "../dispatch/bindGroup.ts"
import { sizeOf } from "../../shape/shape.ts"

/** A function that gives four neighbouring elements, and which tensors it reads as vectors. */
export interface QuadFunction {
  readonly code: string
  readonly functions: ReadonlySet<string>
  readonly vectors: ReadonlySet<Tensor>
  /** Declarations in its body: how much work it is. */
  readonly length: number
}

/** Row-major positions 4i … 4i + 3, where `name` holds i. */
export const quadPositions = (name: string, size: number): readonly Index[] => {
  const first = scaleIndex(atomIndex({ name, extent: size / 4 }), 4)
  return [0, 1, 2, 3].map((component) => addIndex(first, constantIndex(component)))
}

/** Reads stored tensors, those of whole quads four elements at a time. */
export const quadBoundary =
  (group: Group, bindings: GroupBindings, reader: QuadReader, anchorValue?: () => Wgsl) =>
  (tensor: Tensor, position: Index, emit: Parameters<QuadReader["load"]>[3]): Wgsl | null => {
    if (anchorValue !== undefined && tensor === group.anchor) return anchorValue()
    return tensor !== group.root && group.reads.includes(tensor)
      ? reader.load(tensor, bindings.load(tensor).slice("load_".length), position, emit)
      : null
  }

/** Finds four values of a tensor in a body. */
type ValuesOf = (body: Body, tensor: Tensor) => readonly Wgsl[]

/**
 * Writes `head` with a body that returns the four values of `tensor` that `valuesOf` finds; the group's anchor is read as `anchorValue`.
 * Where a quad of it lies is `place`: there the four values of what the group stores beside its root go.
 */
export const quadFunction = (
  group: Group,
  bindings: GroupBindings,
  head: string,
  tensor: Tensor,
  valuesOf: ValuesOf,
  anchorValue?: () => Wgsl,
  place: Wgsl | null = null,
): QuadFunction => {
  const beside = place === null ? [] : besideRoot(group)
  const { written, vectors } = withQuads(group.reads, (reader) => {
    const body = createBody([], quadBoundary(group, bindings, reader, anchorValue))
    return { body, values: valuesOf(body, tensor), others: beside.map((other) => valuesOf(body, other)) }
  })
  const { body, values, others } = written
  const lines = prune(body.lines, [...values, ...others.flat()])
  const type = quadType(tensor.dtype)
  const stores = others.map(
    (quad, i) => statement`store4_${besideName(i)}(${place!}, ${call(quadType(beside[i]!.dtype), quad)});`,
  )
  const statements = [...lines, ...stores, statement`return ${call(type, values)};`]
  return {
    code: `${head} -> ${type} {\n${statements.map((line) => `  ${line}`).join("\n")}\n}`,
    functions: body.functions,
    vectors,
    length: lines.length,
  }
}

/** `fn element4(i) -> vec4<T>`: elements 4i … 4i + 3, in row-major order, of a group without anchor. */
export const quadElement = (group: Group, bindings: GroupBindings): QuadFunction => {
  const { root } = group
  const positions = quadPositions("i", sizeOf(root.shape))
  const valuesOf: ValuesOf = (body, tensor) =>
    positions.map((position) => body.value(tensor, body.split(position, tensor.shape)))
  return quadFunction(group, bindings, "fn element4(i: u32)", root, valuesOf, undefined, wgsl`i`)
}

/** Bindings of a group as a kernel of quads has them: `vectors` and what it stores hold vectors. */
export const quadEntries = (
  { entries }: GroupBindings,
  vectors: ReadonlySet<Tensor>,
  group: Group,
): GroupBindings["entries"] => {
  const stored = new Set([...besideRoot(group), group.root])
  return entries.map(({ buffer, binding }) => ({
    buffer,
    binding: stored.has(buffer as Tensor) || vectors.has(buffer as Tensor) ? { ...binding, vector: true } : binding,
  }))
}
