import { statement } from "../../../codegen/expression.ts"
import type { Group, GroupBindings } from "../../dispatch/group.ts"
import { sizeOf } from "../../../shape/shape.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { Correlation } from "./correlation.ts"
import { bindingFor, type Kernel, type Scratch } from "../../dispatch/kernel.ts"
import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import { lines } from "../../emit/operand.ts"
import type { Strip } from "./strip.ts"
import { finishFunction, labelOf } from "../../emit/tail.ts"
import { tailEntries } from "../../emit/tailEntries.ts"

/** Sums of a strip with channels last: pixel (image, y, x) of a grid at least as large as the strip. */
export interface StripSums {
  readonly scratch: Scratch
  readonly height: number
  readonly width: number
  /** Texels of a pixel, four features each. */
  readonly texels: number
}

export const stripSums = (id: number, images: number, height: number, width: number, features: number): StripSums => {
  const texels = Math.ceil(features / 4)
  const scratch: Scratch = { scratch: id, dtype: "f32", size: images * height * width * texels * 4 }
  return { scratch, height, width, texels }
}

const workgroupSize = 64

// Finding a pixel's place is paid once for this many features.
const featuresPerItem = 8

const main = lines(
  statement`let item = group * ${workgroupSize}u + lane;`,
  "let pixel = item % params.pixels;",
  statement`let first = item / params.pixels * ${featuresPerItem}u;`,
  "let x = pixel % params.columns;",
  "let y = pixel / params.columns % params.rows;",
  "let image = pixel / (params.columns * params.rows);",
  "let place = ((image * params.height + y) * params.width + x) * params.texels * 4u;",
  "let at = (params.image + image) * params.features * params.plane + (params.row + y) * params.out_w + params.column + x;",
  statement`let last = min(first + ${featuresPerItem}u, params.features);`,
  "for (var feature = first; feature < last; feature++) {",
  "let to = at + feature * params.plane;",
  "store_out(to, finish(to, load_sums(place + feature)));",
  "}",
)

/** Applies a convolution's tail to the sums of a strip: for results whose rows are no whole groups of four. */
export const stripTail = (
  group: Group,
  bindings: GroupBindings,
  { features, out }: Pick<Correlation, "features" | "out">,
  strip: Strip,
  sums: StripSums,
  limits: KernelFacts,
): Kernel => {
  const { code, functions } = finishFunction(group, bindings)
  const { entries } = tailEntries(group, bindings, code, false)
  const pixels = strip.images * strip.rows * strip.columns
  return assembleKernel({
    label: labelOf(group),
    family: "conv2d",
    bindings: [{ buffer: sums.scratch, binding: bindingFor(sums.scratch, "sums", "read", limits) }, ...entries],
    params: {
      pixels,
      columns: strip.columns,
      rows: strip.rows,
      image: strip.image,
      row: strip.row,
      column: strip.column,
      height: sums.height,
      width: sums.width,
      texels: sums.texels,
      features,
      plane: out[0] * out[1],
      out_w: out[1],
    },
    functions,
    code,
    elements: sizeOf(group.root.shape),
    workgroupSize,
    main,
    workgroups: Math.ceil((pixels * Math.ceil(features / featuresPerItem)) / workgroupSize),
    choice: { pass: "tail" },
  })
}
