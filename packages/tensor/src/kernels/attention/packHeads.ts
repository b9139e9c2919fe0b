import { statement } from "../../codegen/expression.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { operandNames, type AttentionProblem } from "./problem.ts"
import { panelPitch, panelTexels, type StagedHeads } from "./headsInTexture.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { lines, viewParams } from "../emit/operand.ts"

const workgroupSize = 64

/** A kernel that lays the heads of an operand one behind the other, and how to read them from there. */
export interface PackedHeads {
  readonly kernel: Kernel
  readonly heads: StagedHeads
}

// A block of columns may begin at the last token and reads on past it.
const spare = 4

const rowsOf = ([, , tokens, width]: readonly number[]): number =>
  Math.ceil(((tokens! + spare) * panelPitch(width!)) / panelTexels)

const headsIn = (name: string, scratch: Scratch, height: number, rows: number): StagedHeads => ({
  name,
  staged: { staged: scratch, width: panelTexels, height },
  folded: false,
  flat: true,
  params: { [`${name}_rows`]: rows },
})

const packText = lines(
  statement`let item = group * ${workgroupSize}u + lane;`,
  "let token = item % params.tokens;",
  "let head = item / params.tokens;",
  "if (head >= params.heads * params.batch) { return; }",
  "let start = params.x_offset + head / params.heads * params.x_b + head % params.heads * params.x_h;",
  "let first = (start + min(token, params.last) * params.x_t) >> 2u;",
  statement`let place = head * params.rows * ${panelTexels}u + token * params.pitch;`,
  "for (var t = 0u; t < params.texels; t++) { store4_panel(place + t, load4_x(first + t)); }",
)

/**
 * Lays an operand's heads out one behind the other, token by token. A pass over tokens then reads consecutive memory, which
 * arrives ahead of its use; rows of all heads side by side are fetched piece by piece. `null` where memory asks for
 * several windows or a texture does not hold the rows.
 */
export const packHeads = (
  name: (typeof operandNames)[number],
  { operands }: AttentionProblem,
  { id, family }: { readonly id: number } & Pick<Kernel, "family">,
  limits: KernelFacts,
): PackedHeads | null => {
  const { base, view } = operands[operandNames.indexOf(name)]!
  const [batch, heads, tokens, width] = view.shape as readonly [number, number, number, number]
  const rows = rowsOf(view.shape)
  const height = batch * heads * rows
  if (Math.max(panelTexels + 4, height) > limits.textureExtent) return null
  const scratch: Scratch = { scratch: id, dtype: "f32", size: height * panelTexels * 4 }
  const from = bindingFor(base, "x", "read", limits)
  const to = bindingFor(scratch, "panel", "write", limits)
  if (Math.max(from.windows, to.windows) > 1) return null
  const kernel = assembleKernel({
    label: `${family} (packing ${name})`,
    family,
    bindings: [
      { buffer: base, binding: { ...from, vector: true } },
      { buffer: scratch, binding: { ...to, vector: true } },
    ],
    params: {
      batch,
      heads,
      tokens: tokens + spare,
      last: tokens - 1,
      rows,
      texels: width / 4,
      pitch: panelPitch(width),
      ...viewParams("x", "bhtw", view),
    },
    functions: [],
    code: "",
    elements: scratch.size,
    workgroupSize,
    main: packText,
    workgroups: Math.ceil((batch * heads * (tokens + spare)) / workgroupSize),
  })
  return { kernel, heads: headsIn(name, scratch, height, rows) }
}
