import type { CostModel } from "../../adapter/costModel.ts"
import { createBody, coordinatesOf } from "../../codegen/body.ts"
import { call, statement, type Wgsl } from "../../codegen/expression.ts"
import { addIndex, constantIndex, linearIndex, scaleIndex, type Index } from "../../codegen/indexing.ts"
import { quadType, withQuads } from "../../codegen/quads.ts"
import { prune } from "../../codegen/statements.ts"
import { byteWidth } from "../../dtype/dtype.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Group } from "../dispatch/group.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import { range } from "../emit/operand.ts"
import { quadBoundary, quadEntries } from "../emit/quadElement.ts"
import { labelOf } from "../emit/tail.ts"
import { busyInvocations } from "../rows/rowSeconds.ts"
import type { Site, Way } from "../way/way.ts"
import { pointwiseKernel } from "./pointwise.ts"
import { turnOf, type Turn } from "./turned.ts"

const workgroupSize = 64

/** Blocks that lie beside one another, along and across, are neighbouring invocations', so that both reads and stores are of whole lines. */
const patchOf = (blocks: number): number => [8, 4, 2].find((patch) => blocks % patch === 0) ?? 1

/** The coordinates of a block's elements, by how far across and along it they lie; `i` counts blocks, patch by patch. */
const blockCoordinates = ({ shape }: Tensor, { along, across }: Turn) => {
  const [a, l] = [shape[across]! / 4, shape[along]! / 4]
  const [pa, pl] = [patchOf(a), patchOf(l)]
  const patches = shape.map((extent, axis) => (axis === across ? a / pa : axis === along ? l / pl : extent))
  const space = { variable: "i", shape: [...patches, pa, pl] }
  const all = coordinatesOf(space)
  const [inA, inL] = all.slice(-2) as [Index, Index]
  const within = (axis: number, patch: number, inside: Index, step: number): Index =>
    addIndex(scaleIndex(addIndex(scaleIndex(all[axis]!, patch), inside), 4), constantIndex(step))
  const at = (down: number, right: number): readonly Index[] =>
    shape.map((_, axis) =>
      axis === across ? within(axis, pa, inA, down) : axis === along ? within(axis, pl, inL, right) : all[axis]!,
    )
  return { space, at }
}

interface Block {
  readonly code: string
  readonly functions: ReadonlySet<string>
  readonly vectors: ReadonlySet<Tensor>
}

/** `fn block(i)`: computes and stores the four quads of block i. */
const blockFunction = ({ group, bindings }: Site, turn: Turn): Block => {
  const { root } = group
  const { space, at } = blockCoordinates(root, turn)
  const { written, vectors } = withQuads(group.reads, (reader) => {
    const body = createBody([space], quadBoundary(group, bindings, reader))
    const quads = range(4).map((down) => {
      const position = linearIndex(at(down, 0), root.shape)
      const quad: Index = {
        terms: position.terms.map(({ atom, coefficient }) => ({ atom, coefficient: coefficient / 4 })),
        offset: position.offset / 4,
      }
      return { at: body.text(quad), values: range(4).map((right) => body.value(root, at(down, right))) }
    })
    return { body, quads }
  })
  const { body, quads } = written
  const type = quadType(root.dtype)
  const stores = quads.map(({ at: place, values }) => statement`store4_out(${place}, ${call(type, values)});`)
  const used: readonly Wgsl[] = quads.flatMap(({ at: place, values }) => [place, ...values])
  return {
    code: ["fn block(i: u32) {", ...[...prune(body.lines, used), ...stores].map((line) => `  ${line}`), "}"].join("\n"),
    functions: body.functions,
    vectors,
  }
}

const blockKernel = (site: Site, turn: Turn, { code, functions, vectors }: Block): Kernel => {
  const { group, bindings } = site
  const size = sizeOf(group.root.shape)
  return assembleKernel({
    label: labelOf(group),
    family: "pointwise",
    bindings: quadEntries(bindings, vectors, group),
    params: { size: size / 16 },
    functions,
    code,
    elements: size,
    workgroupSize,
    main: statement`let i = group * ${workgroupSize}u + lane;
if (i < params.size) { block(i); }`,
    workgroups: Math.ceil(size / 16 / workgroupSize),
  })
}

const write = (group: Group, site: Site): readonly Kernel[] => {
  const turn = turnOf(group)!
  const block = blockFunction(site, turn)
  const { inPlace } = site
  // A buffer that is read and written is bound once: as vectors for both or for none.
  const fits = inPlace === null || !group.reads.includes(inPlace) || block.vectors.has(inPlace)
  return fits ? [blockKernel(site, turn, block)] : pointwiseKernel(site)
}

const bytesOf = ({ shape, dtype }: Tensor): number => sizeOf(shape) * byteWidth(dtype)

/** Memory is read in stretches of so many bytes: of one element each, that many times the bytes that are wanted. */
const stretch = 32

/** Seconds of a group that reads across its order, element by element or in blocks; 0, the bytes alone, for all others. */
export const turnedSeconds = (group: Group, each: 4 | 16, { dispatch, bytes, cores }: CostModel): number => {
  const turn = turnOf(group)
  if (turn === null) return 0
  const elements = sizeOf(group.root.shape)
  const moved = [group.root, ...group.reads].reduce((sum, tensor) => sum + bytesOf(tensor), 0)
  // Caches keep about half of what is read beside what is wanted until a neighbour wants it.
  const wasted = each === 16 ? 0 : turn.reads.reduce((sum, read) => sum + bytesOf(read), 0) * (stretch / 8 - 1)
  return dispatch + ((moved + wasted) / bytes) * Math.max(1, (cores * busyInvocations) / (elements / each))
}

/**
 * Transposes and what is computed with them: an invocation computes a block of 4×4 elements, reads what lies across in vectors, turns it over in
 * registers, and stores vectors.
 */
export const blocks: Way<Group, Readonly<Record<string, never>>> = {
  name: "blocks",
  needs: ({ isSoftware = false }) => !isSoftware,
  takes: (group) => turnOf(group) !== null,
  numerics: () => "f32",
  candidates: () => [{}],
  cost: (group, _choice, model) => turnedSeconds(group, 16, model),
  write: (group, _choice, site) => write(group, site),
}
