import type { Tensor } from "../graph/tensor.ts"
import type { Spec } from "../shape/shape.ts"
import { addValue, type Builder } from "./builder.ts"
import type { Layout } from "./layout.ts"
import type { Plan, Program } from "./plan.ts"

/** Where a program's outputs are, and the copies that bring them there. */
export interface Finish {
  readonly outputs: Plan["outputs"]
  readonly copies: Plan["copies"]
}

type Copy = Plan["copies"][number]

/** The copies, each before the one that overwrites what it reads. */
const readersFirst = (builder: Builder, copies: readonly Copy[]): readonly Copy[] => {
  const overwritten = ({ to }: Copy): number => {
    const { storage } = builder.values[to]!
    return storage.kind === "donated" ? storage.input : -1
  }
  const left = [...copies]
  const ordered: Copy[] = []
  while (left.length > 0) {
    const read = new Set(left.map(({ from }) => from))
    const next = left.findIndex((copy) => copy.from === overwritten(copy) || !read.has(overwritten(copy)))
    ordered.push(...left.splice(Math.max(0, next), 1))
  }
  return ordered
}

/**
 * Each output has a buffer of its own: one that is an input, a constant, a second name of another output, or a donation
 * that could not be written in place is filled by a copy at the end.
 */
export const finishOutputs = (builder: Builder, program: Program, roots: readonly Tensor[], layout: Layout): Finish => {
  const outputs: { path: string; value: number; spec: Spec }[] = []
  const copies: { from: number; to: number }[] = []
  const given = new Set<number>()
  for (const [position, { path, tensor }] of program.outputs.entries()) {
    const root = roots[position]!
    const from = builder.ids.get(root) ?? -1
    const donated = layout.matches.get(position)
    const passesThrough = donated !== undefined && donated === root
    const own =
      from >= 0 &&
      !given.has(from) &&
      builder.values[from]!.storage.kind !== "input" &&
      builder.values[from]!.storage.kind !== "constant"
    // Outputs that are one tensor share its dispatch; only one of them can be written in place.
    const isInPlace = donated !== undefined && layout.inPlace.get(root) === donated
    const target = donated === undefined || isInPlace ? null : builder.ids.get(donated)!
    let value = from
    if (passesThrough) value = addValue(builder, tensor, { kind: "donated", input: from })
    else if (target !== null) value = addValue(builder, tensor, { kind: "donated", input: target })
    else if (!own) value = addValue(builder, tensor, { kind: "output", path })
    if (value !== from && from >= 0 && !passesThrough) copies.push({ from, to: value })
    given.add(value)
    outputs.push({ path, value, spec: { shape: tensor.shape, dtype: tensor.dtype } })
  }
  return { outputs, copies: readersFirst(builder, copies) }
}

/** Outputs with a buffer of their own: one that a donation's final copy replaces lives in a slot. */
export const outputPaths = (
  program: Program,
  roots: readonly Tensor[],
  layout: Layout,
): ReadonlyMap<Tensor, string> => {
  const paths = new Map<Tensor, string>()
  for (const [position, { path }] of program.outputs.entries())
    if (!layout.matches.has(position) && !paths.has(roots[position]!)) paths.set(roots[position]!, path)
  return paths
}
