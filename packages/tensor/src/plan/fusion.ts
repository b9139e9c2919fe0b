import type { Tensor } from "../graph/tensor.ts"
import { reachable } from "../graph/reachable.ts"
import type { Attributes, Op } from "../op/op.ts"
import { byteWidth } from "../dtype/dtype.ts"
import { sameShape, sizeOf } from "../shape/shape.ts"
import { absorbs } from "../kernels/families.ts"
import type { KernelFacts } from "../adapter/kernelFacts.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { isFinish } from "../kernels/partial/op.ts"
import type { Planning } from "./planning.ts"
import { stridedSource } from "../kernels/emit/stridedSource.ts"
import { summedProducts } from "./summedProducts.ts"

/** The facts of an adapter that decide how much fits into one kernel. */
export type FusionLimits = Pick<KernelFacts, "storageBuffers" | "bindingBytes">

export interface Fusion {
  readonly groups: readonly Group[]
  /** Why a tensor that could have been computed inside its reader has its own buffer. */
  readonly reasons: ReadonlyMap<Tensor, string>
}

const opOf = (tensor: Tensor): Op<Attributes> => tensor.op as unknown as Op<Attributes>

const kindOf = (tensor: Tensor) => opOf(tensor).lowering.kind

export const isSource = (tensor: Tensor): boolean => kindOf(tensor) === "source"

const isAnchor = (tensor: Tensor): boolean => kindOf(tensor) === "reduce" || kindOf(tensor) === "kernel"

const isInline = (tensor: Tensor): boolean => kindOf(tensor) === "pointwise" || kindOf(tensor) === "inline"

/** Buffers a tensor occupies in a bind group: more than one when it exceeds the largest binding. */
export const windowsOf = (tensor: Tensor, limits: FusionLimits): number =>
  Math.max(1, Math.ceil((sizeOf(tensor.shape) * byteWidth(tensor.dtype)) / limits.bindingBytes))

const consumersOf = (order: readonly Tensor[]): ReadonlyMap<Tensor, readonly Tensor[]> => {
  const consumers = new Map<Tensor, Tensor[]>(order.map((tensor) => [tensor, []]))
  for (const tensor of order) for (const input of new Set(tensor.inputs)) consumers.get(input)!.push(tensor)
  return consumers
}

// The arithmetic of one element when `tensor` is computed inside its reader.
const elementFlops = (tensor: Tensor): number =>
  isInline(tensor) ? opOf(tensor).flops(tensor.inputs, tensor, tensor.attributes) : 0

export const maxExpressionNodes = 96

interface Decision {
  readonly stored: Set<Tensor>
  readonly reasons: Map<Tensor, string>
  readonly consumers: ReadonlyMap<Tensor, readonly Tensor[]>
  readonly outputs: ReadonlySet<Tensor>
  readonly planning: Planning
}

const inlineInputs = (decision: Decision, tensor: Tensor): readonly Tensor[] =>
  tensor.inputs.filter((input) => !decision.stored.has(input))

const isPlainOperand = (decision: Decision, operand: Tensor): boolean =>
  stridedSource(operand, (node) => decision.stored.has(node)) !== null

/** Operands that a kernel computes when it loads them: neither stored nor views of what is. */
const computedOperands = (decision: Decision, kernel: Tensor): readonly Tensor[] =>
  kernel.inputs.filter((input) => !isPlainOperand(decision, input))

/**
 * Nodes computed inside the kernel of `tensor`, itself included. Of an anchor's own operands only those are walked that it
 * computes itself.
 */
const insideOf = (decision: Decision, tensor: Tensor): ReadonlySet<Tensor> => {
  const inside = new Set<Tensor>()
  const stack = [tensor]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (inside.has(node)) continue
    inside.add(node)
    stack.push(...(kindOf(node) === "kernel" ? computedOperands : inlineInputs)(decision, node))
  }
  return inside
}

const kernelBases = (decision: Decision, tensor: Tensor): readonly Tensor[] =>
  tensor.inputs.map((input) => stridedSource(input, (node) => decision.stored.has(node))?.base ?? input)

/** Stored tensors that the kernel of `tensor` reads. */
const readsOf = (decision: Decision, tensor: Tensor): readonly Tensor[] => {
  const reads = new Set<Tensor>()
  for (const node of insideOf(decision, tensor)) {
    const sources = kindOf(node) === "kernel" ? kernelBases(decision, node) : node.inputs
    for (const input of sources) if (decision.stored.has(input)) reads.add(input)
  }
  return [...reads]
}

const anchorsIn = (decision: Decision, tensor: Tensor): readonly Tensor[] => {
  if (decision.stored.has(tensor)) return []
  return [...insideOf(decision, tensor)].filter(isAnchor)
}

/** Whether it finishes what a kernel leaves, adding the parts of a sum for one: several loads an element. */
const finishesOne = (decision: Decision, tensor: Tensor): boolean =>
  !decision.stored.has(tensor) && [...insideOf(decision, tensor)].some(isFinish)

const isCheap = (decision: Decision, tensor: Tensor): boolean =>
  kindOf(tensor) === "inline" &&
  elementFlops(tensor) === 0 &&
  tensor.inputs.every((input) => decision.stored.has(input) || isCheap(decision, input))

const store = (decision: Decision, tensor: Tensor, reason: string): void => {
  if (decision.stored.has(tensor)) return
  decision.stored.add(tensor)
  decision.reasons.set(tensor, reason)
  // A shared part that was to be computed inside one reader now has two: it gets a buffer as well.
  for (const input of inlineInputs(decision, tensor)) storeShared(decision, input)
}

const isShared = (decision: Decision, tensor: Tensor): boolean =>
  decision.consumers.get(tensor)!.length > 1 && !isCheap(decision, tensor) && !isQuick(decision, tensor)

/** Arithmetic per element up to which computing again beats writing a buffer and reading it back. */
const quickFlops = 24

// Computed from one tensor of its own size (and small ones), it costs no reader more than reading it would.
const isQuick = (decision: Decision, tensor: Tensor): boolean => {
  const size = sizeOf(tensor.shape)
  return (
    anchorsIn(decision, tensor).length === 0 &&
    !finishesOne(decision, tensor) &&
    treeFlops(decision, tensor) <= quickFlops &&
    readsOf(decision, tensor).filter((read) => sizeOf(read.shape) * 2 > size).length <= 1
  )
}

const storeShared = (decision: Decision, tensor: Tensor): void => {
  if (decision.stored.has(tensor)) return
  if (isShared(decision, tensor) && !meetsInOne(decision, tensor)) store(decision, tensor, "read by several kernels")
  else for (const input of inlineInputs(decision, tensor)) storeShared(decision, input)
}

const keepsOrder = (tensor: Tensor): boolean => kindOf(tensor) === "pointwise" || tensor.op.name === "reshape"

/**
 * Whether all uses of `tensor` meet again in one pointwise node, as in x·σ(x): then it can be computed inside that
 * node's kernel although it is used more than once.
 */
const usesMeet = (decision: Decision, tensor: Tensor): boolean => {
  const frontier = new Set(decision.consumers.get(tensor)!)
  for (let steps = 0; steps < 32; steps++) {
    const next = [...frontier].reduce((a, b) => (a.id < b.id ? a : b))
    if (!keepsOrder(next) || sizeOf(next.shape) !== sizeOf(tensor.shape)) return false
    if (frontier.size === 1) return true
    if (decision.stored.has(next) || decision.outputs.has(next) || next.dtype === "f16") return false
    frontier.delete(next)
    for (const consumer of decision.consumers.get(next)!) frontier.add(consumer)
    if (frontier.size === 0) return false
  }
  return false
}

/** The same of what has just been stored: on software adapters, whose plans were measured without, it gets a buffer. */
const meetsInOne = (decision: Decision, tensor: Tensor): boolean =>
  decision.planning.facts.isSoftware !== true && usesMeet(decision, tensor)

// Reading one element many times would compute it many times.
const repeatsInput = (tensor: Tensor): boolean =>
  (tensor.op.name === "expand" && sizeOf(tensor.shape) > sizeOf(tensor.inputs[0]!.shape)) || tensor.op.name === "take"

const treeFlops = (decision: Decision, tensor: Tensor): number =>
  [...insideOf(decision, tensor)].reduce((sum, node) => sum + elementFlops(node), 0)

/** Whether each element of its inputs is loaded once: put beside others, or folded. */
const loadsOnce = (tensor: Tensor): boolean => tensor.op.name === "concat" || kindOf(tensor) === "reduce"

const isReadOnce = ({ consumers }: Decision, tensor: Tensor): boolean => consumers.get(tensor)!.length === 1

const decideInputs = (decision: Decision, tensor: Tensor): void => {
  for (const input of inlineInputs(decision, tensor)) {
    const isLoadedOnce = loadsOnce(tensor) && anchorsIn(decision, input).length === 0 && isReadOnce(decision, input)
    const holdsAnchor = !isLoadedOnce && (anchorsIn(decision, input).length > 0 || finishesOne(decision, input))
    if (isAnchor(tensor) && holdsAnchor) store(decision, input, `operand of ${tensor.op.name}`)
    else if (!keepsOrder(tensor) && !isAnchor(tensor) && holdsAnchor)
      store(decision, input, `${tensor.op.name} reads it in another order`)
    else if (repeatsInput(tensor) && treeFlops(decision, input) > 4)
      store(decision, input, `${tensor.op.name} repeats it`)
    else if (tensor.dtype === "f16" && holdsAnchor) store(decision, input, "f16 is written in pairs")
  }
  if (kindOf(tensor) === "kernel")
    for (const input of inlineInputs(decision, tensor))
      if (!isPlainOperand(decision, input) && !isPrologue(decision, tensor, input))
        storeOperand(decision, tensor, input)
}

/**
 * Whether a kernel computes an operand on the way instead of reading it from a buffer: where it lays that operand out anew
 * in any case, so that each element is computed about once, and loads no more for it than the buffer would hold. Small tensors
 * that repeat (a normalisation's mean, deviation, scale and offset) count as loads of their own: four of them cost what
 * storing and loading the normalised image does, which a kernel that walks whole rows does with the four at hand.
 */
const isPrologue = (decision: Decision, kernel: Tensor, operand: Tensor): boolean => {
  const size = sizeOf(operand.shape)
  const isOnlyReader = decision.consumers.get(operand)!.every((consumer) => consumer === kernel)
  const reads = readsOf(decision, operand).map(({ shape }) => sizeOf(shape))
  const isWhole = (read: number): boolean => 8 * read >= size
  return (
    operand === kernel.inputs[0] &&
    operand.dtype === "f32" &&
    isInline(operand) &&
    isOnlyReader &&
    absorbs(kernel, 0, decision.planning) &&
    reads.filter((read) => !isWhole(read)).length <= 1 &&
    reads.reduce((sum, read) => sum + read, 0) <= 1.25 * size
  )
}

// Stores what is below the movement ops where that leaves a strided view, and the operand itself where it does not.
const storeOperand = (decision: Decision, kernel: Tensor, operand: Tensor): void => {
  const source = stridedSource(
    operand,
    (node) => kindOf(node) !== "inline" || isFinish(node) || decision.stored.has(node),
  )
  const base = source !== null && sizeOf(source.base.shape) <= sizeOf(operand.shape) ? source.base : operand
  store(decision, base, `operand of ${kernel.op.name}`)
}

const keepOneAnchor = (decision: Decision, tensor: Tensor): void => {
  // On GPUs, where launches cost: see there.
  if (decision.planning.facts.isSoftware !== true)
    for (const product of summedProducts(decision, tensor)) store(decision, product, "added beside others")
  const anchors = anchorsIn(decision, tensor)
  if (anchors.length < 2) return
  const cost = (anchor: Tensor): number => opOf(anchor).flops(anchor.inputs, anchor, anchor.attributes)
  const kept = anchors.reduce((a, b) => (cost(b) > cost(a) ? b : a))
  for (const input of inlineInputs(decision, tensor))
    if (anchorsIn(decision, input).some((anchor) => anchor !== kept))
      store(decision, input, "a kernel holds one reduction or contraction")
}

const fitLimits = (decision: Decision, tensor: Tensor): void => {
  const buffers = (): number =>
    readsOf(decision, tensor).reduce(
      (sum, read) => sum + windowsOf(read, decision.planning.facts),
      windowsOf(tensor, decision.planning.facts),
    )
  const excess = (): string | null =>
    buffers() > decision.planning.facts.storageBuffers
      ? `more than ${decision.planning.facts.storageBuffers} storage buffers`
      : insideOf(decision, tensor).size > maxExpressionNodes
        ? "expression grows too long"
        : null
  for (let reason = excess(); reason !== null; reason = excess()) {
    const inputs = inlineInputs(decision, tensor).filter((input) => !isSource(input))
    if (inputs.length === 0) return
    const weight = (input: Tensor): number => readsOf(decision, input).length * 1000 + insideOf(decision, input).size
    store(
      decision,
      inputs.reduce((a, b) => (weight(b) > weight(a) ? b : a)),
      reason,
    )
  }
}

const decide = (decision: Decision, tensor: Tensor): void => {
  if (isSource(tensor)) return void decision.stored.add(tensor)
  decideInputs(decision, tensor)
  keepOneAnchor(decision, tensor)
  fitLimits(decision, tensor)
  if (decision.outputs.has(tensor)) store(decision, tensor, "output")
  else if (isShared(decision, tensor) && !usesMeet(decision, tensor))
    store(decision, viewedBy(decision, tensor), "read by several kernels")
}

// What a chain of movement ops moves: storing that, not the moved copy, leaves every reader a free view.
const viewedBy = (decision: Decision, tensor: Tensor): Tensor => {
  const { lowering } = opOf(tensor)
  const moves = lowering.kind === "inline" && lowering.view !== undefined && !decision.stored.has(tensor.inputs[0]!)
  return moves ? viewedBy(decision, tensor.inputs[0]!) : tensor
}

const groupOf = (decision: Decision, root: Tensor): Group => {
  const inside = [...insideOf(decision, root)].filter((tensor) => tensor === root || !decision.stored.has(tensor))
  return { root, anchor: inside.find(isAnchor) ?? null, reads: readsOf(decision, root), inside, outputs: [root] }
}

/**
 * Decides which tensors get a buffer; everything else is computed inside the kernel that reads it. Pointwise chains
 * fuse into their consumers, reductions and contractions take the pointwise chain above them as a tail, and movement
 * ops become index arithmetic or strides. Where a tensor is stored although it could have been inlined, `reasons` says why.
 */
export const fuse = (outputs: readonly Tensor[], planning: Planning): Fusion => {
  const order = reachable(outputs)
  const decision: Decision = {
    stored: new Set(),
    reasons: new Map(),
    consumers: consumersOf(order),
    outputs: new Set(outputs),
    planning,
  }
  for (const tensor of order) decide(decision, tensor)
  const roots = order.filter((tensor) => decision.stored.has(tensor) && !isSource(tensor) && sizeOf(tensor.shape) > 0)
  return { groups: roots.map((root) => groupOf(decision, root)), reasons: decision.reasons }
}

export const sameLayout = (a: Tensor, b: Tensor): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape)
