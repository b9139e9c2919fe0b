import { statement, type Wgsl, wgsl } from "../../codegen/expression.ts"
import { coordinatesOf, createBody, type Body, type Boundary } from "../../codegen/body.ts"
import { wgslType } from "../../codegen/element.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { atomIndex } from "../../codegen/indexing.ts"
import { sizeOf } from "../../shape/shape.ts"
import { besideName, besideRoot } from "../dispatch/bindGroup.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"

/** Reads stored tensors by their load functions. */
export const storedBoundary =
  (group: Group, bindings: GroupBindings, anchorValue?: Wgsl): Boundary =>
  (tensor, position, emit) => {
    if (anchorValue !== undefined && tensor === group.anchor) return anchorValue
    return tensor !== group.root && group.reads.includes(tensor)
      ? wgsl`${bindings.load(tensor)}(${emit.text(position)})`
      : null
  }

export const functionText = (head: string, body: Body, result: Wgsl, stores: readonly string[] = []): string =>
  `${head} {\n${[...body.lines, ...stores, statement`return ${result};`].map((line) => `  ${line}`).join("\n")}\n}`

/** Statements that store what is stored beside the root, at the same row-major position `i`. */
const storesBeside = (group: Group, body: Body): readonly string[] =>
  besideRoot(group).map((tensor, place) => {
    const position = atomIndex({ name: "i", extent: sizeOf(tensor.shape) })
    return statement`store_${besideName(place)}(i, ${body.value(tensor, body.split(position, tensor.shape))});`
  })

/** `fn element(i) -> T`: the element at row-major position i of a group without anchor. */
export const elementFunction = (
  group: Group,
  bindings: GroupBindings,
): { readonly code: string; readonly functions: ReadonlySet<string> } => {
  const space = { variable: "i", shape: group.root.shape }
  const body = createBody([space], storedBoundary(group, bindings))
  const result = body.value(group.root, coordinatesOf(space))
  const stores = storesBeside(group, body)
  return {
    code: functionText(statement`fn element(i: u32) -> ${wgslType(group.root.dtype)}`, body, result, stores),
    functions: body.functions,
  }
}

/**
 * `fn finish(i, acc) -> T`: what the tail makes of the anchor's element at row-major position i. It stores what is stored beside the
 * root, so kernels call it once for each element, where they store that.
 */
export const finishFunction = (
  group: Group,
  bindings: GroupBindings,
): { readonly code: string; readonly functions: ReadonlySet<string> } => {
  const space = { variable: "i", shape: group.root.shape }
  const body = createBody([space], storedBoundary(group, bindings, wgsl`acc`))
  const result = body.value(group.root, coordinatesOf(space))
  const stores = storesBeside(group, body)
  const head = statement`fn finish(i: u32, acc: ${wgslType(group.anchor!.dtype)}) -> ${wgslType(group.root.dtype)}`
  return { code: functionText(head, body, result, stores), functions: body.functions }
}

/** `fn operand(o, r) -> T`: element r of the values that the reduction folds into its output position o. */
export const operandFunction = (
  group: Group,
  bindings: GroupBindings,
): { readonly code: string; readonly functions: ReadonlySet<string>; readonly size: number } => {
  const reduce = group.anchor!
  const axes = reduce.attributes["axes"] as readonly number[]
  const [x] = reduce.inputs as readonly [Tensor]
  const outer = { variable: "o", shape: reduce.shape }
  const inner = { variable: "r", shape: axes.map((axis) => x.shape[axis]!) }
  const body = createBody([outer, inner], storedBoundary(group, bindings))
  const [o, r] = [coordinatesOf(outer), coordinatesOf(inner)]
  const result = body.value(
    x,
    x.shape.map((_, axis) => (axes.includes(axis) ? r[axes.indexOf(axis)]! : o[axis]!)),
  )
  const size = inner.shape.reduce((product, extent) => product * extent, 1)
  return {
    code: functionText(statement`fn operand(o: u32, r: u32) -> ${wgslType(x.dtype)}`, body, result),
    functions: body.functions,
    size,
  }
}

/** Names of the ops of a group, innermost first: `contract+add+logistic+mul`. */
export const labelOf = ({ root, anchor, reads }: Group): string => {
  const names: string[] = []
  const seen = new Set<Tensor>(reads)
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    tensor.inputs.forEach(visit)
    if (!["expand", "reshape", "fill"].includes(tensor.op.name) || tensor === root) names.push(tensor.op.name)
  }
  if (anchor === null) visit(root)
  else {
    seen.add(anchor)
    visit(root)
    names.unshift(anchor.op.name)
  }
  return names.length > 6 ? [...names.slice(0, 3), "…", ...names.slice(-2)].join("+") : names.join("+")
}
