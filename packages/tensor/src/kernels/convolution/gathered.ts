import { call, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { range, viewPosition } from "../emit/operand.ts"
import type { SharedSide } from "../tiles/staging.ts"
import type { Products } from "../tiles/workgroupTile.ts"
import type { Site } from "../way/way.ts"
import type { ConvolutionProblem, ImageProblem, WeightProblem } from "./problem.ts"

/**
 * A convolution as a matrix product for each of `products`: `rows` × `depth` times `depth` × `columns`. The first operand is
 * gathered into the right factor, the second into the left one.
 */
export interface GatheredProduct extends ConvolutionProblem {
  readonly products: number
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly left: SharedSide
  readonly right: SharedSide
  /** How many products belong to one image: `part` counts them. */
  readonly parts: number
}

/** A convolution or gradient: its family, its problem, and the matrix product that it is. */
export interface Gathering<Problem extends ConvolutionProblem> {
  readonly family: string
  readonly problem: (site: Site) => Problem
  readonly describe: (problem: Problem) => GatheredProduct
}

// The summed axis runs over channels and taps; a depth's channel and tap cost two divisions, shared by four elements.
const tapLines = (name: string, k: Part): readonly string[] => [
  statement`let ${name}_c = ${k} / (params.kernel_h * params.kernel_w);`,
  statement`let ${name}_y = ${k} / params.kernel_w % params.kernel_h;`,
  statement`let ${name}_x = ${k} % params.kernel_w;`,
]

/** `let <name> = vec4(element of each)`, 0 where its condition does not hold; without branches, which cost more than a read. */
const guarded = (
  name: string,
  load: string,
  elements: readonly (readonly [condition: Wgsl, position: Wgsl])[],
): readonly string[] => [
  ...elements.flatMap(([condition, position], r) => [
    statement`let ${name}_in${r} = ${condition};`,
    statement`let ${name}_at${r} = select(0u, ${position}, ${name}_in${r});`,
  ]),
  statement`let ${name} = ${call(
    "vec4<f32>",
    elements.map((_, r) => wgsl`select(0.0f, ${load}(${name}_at${r}), ${name}_in${r})`),
  )};`,
]

const inDepth = (k: Part): Wgsl => wgsl`${k} < params.k`

/** Weights [row of outputs or inputs][depth]: `at` gives the position of a row's channel at a tap. */
const weightSide = (
  load: string,
  extent: string,
  at: (row: string, c: string, y: string, x: string) => Wgsl,
): SharedSide => ({
  name: "left",
  vectors: null,
  alongDepth: true,
  prepare: (id, first) =>
    range(4).map((r) => statement`let w${id}_${r} = min(${first} + ${r}u, params.${extent} - 1u);`),
  fetch: (id, { depth: k }) => {
    const tap = `left${id}`
    const values = range(4).map((r) => [inDepth(k), at(`w${id}_${r}`, `${tap}_c`, `${tap}_y`, `${tap}_x`)] as const)
    return {
      lines: [...tapLines(tap, k), ...guarded(`${tap}_values`, load, values)],
      values: wgsl`${`${tap}_values`}`,
      condition: null,
    }
  },
})

const pixelNames = (
  id: string,
  width: string,
  first: Wgsl,
  place: (of: Wgsl, axis: "h" | "w") => Wgsl,
): readonly string[] =>
  range(4).flatMap((r) => [
    statement`let pixel${id}_${r} = min(${first} + ${r}u, params.pixels - 1u);`,
    statement`let y${id}_${r} = ${place(wgsl`pixel${id}_${r} / params.${width}`, "h")};`,
    statement`let x${id}_${r} = ${place(wgsl`pixel${id}_${r} % params.${width}`, "w")};`,
  ])

/** Weights times pixels, summed over channels and taps. */
export const forward = (problem: ImageProblem): GatheredProduct => {
  const { params, operands } = problem
  const [image, weight] = operands
  // Rows and columns outside the image wrap to huge numbers, so one comparison covers both sides of the padding.
  const pixelSide: SharedSide = {
    name: "right",
    vectors: null,
    alongDepth: false,
    prepare: (id, first) => pixelNames(id, "out_w", first, (of, axis) => wgsl`${of} * params.stride_${axis}`),
    fetch: (id, { depth: k }) => {
      const tap = `right${id}`
      const values = range(4).map((r) => {
        const [y, x] = [wgsl`y${id}_${r} + ${tap}_y - params.pad_h`, wgsl`x${id}_${r} + ${tap}_x - params.pad_w`]
        const at = viewPosition("x", "nchw", ["n", wgsl`part * params.group_in + ${tap}_c`, y, x])
        return [wgsl`${inDepth(k)} && ${y} < params.in_h && ${x} < params.in_w`, at] as const
      })
      return {
        lines: [...tapLines(tap, k), ...guarded(`${tap}_values`, image.load, values)],
        values: wgsl`${`${tap}_values`}`,
        condition: null,
      }
    },
  }
  return {
    ...problem,
    products: params.batch * params.groups,
    parts: params.groups,
    rows: params.group_out,
    columns: params.pixels,
    depth: params.group_in * params.kernel_h * params.kernel_w,
    left: weightSide(weight.load, "group_out", (row, c, y, x) =>
      viewPosition("w", "oihw", [wgsl`part * params.group_out + ${row}`, c, y, x]),
    ),
    right: pixelSide,
  }
}

/** Weights times outputs, summed over output channels and taps: columns are the pixels of the image. */
export const inputGradient = (problem: ImageProblem): GatheredProduct => {
  const { params, operands } = problem
  const [cotangent, weight] = operands
  const pixelSide: SharedSide = {
    name: "right",
    vectors: null,
    alongDepth: false,
    prepare: (id, first) => pixelNames(id, "in_w", first, (of, axis) => wgsl`${of} + params.pad_${axis}`),
    // Only outputs whose window starts at a multiple of the stride have used this pixel with this weight.
    fetch: (id, { depth: k }) => {
      const tap = `right${id}`
      const names = range(4).flatMap((r) => [
        statement`let dy${id}_${r} = y${id}_${r} - ${tap}_y;`,
        statement`let dx${id}_${r} = x${id}_${r} - ${tap}_x;`,
        statement`let oy${id}_${r} = dy${id}_${r} / params.stride_h;`,
        statement`let ox${id}_${r} = dx${id}_${r} / params.stride_w;`,
      ])
      const values = range(4).map((r) => {
        const at = viewPosition("g", "nohw", [
          "n",
          wgsl`part * params.group_out + ${tap}_c`,
          `oy${id}_${r}`,
          `ox${id}_${r}`,
        ])
        const starts = wgsl`y${id}_${r} >= ${tap}_y && x${id}_${r} >= ${tap}_x`
        const whole = wgsl`oy${id}_${r} * params.stride_h == dy${id}_${r} && ox${id}_${r} * params.stride_w == dx${id}_${r}`
        const inside = wgsl`oy${id}_${r} < params.out_h && ox${id}_${r} < params.out_w`
        return [wgsl`${inDepth(k)} && ${starts} && ${whole} && ${inside}`, at] as const
      })
      return {
        lines: [...tapLines(tap, k), ...names, ...guarded(`${tap}_values`, cotangent.load, values)],
        values: wgsl`${`${tap}_values`}`,
        condition: null,
      }
    },
  }
  return {
    ...problem,
    products: params.batch * params.groups,
    parts: params.groups,
    rows: params.group_in,
    columns: params.pixels,
    depth: params.group_out * params.kernel_h * params.kernel_w,
    left: weightSide(weight.load, "group_in", (row, c, y, x) =>
      viewPosition("w", "oihw", [wgsl`part * params.group_out + ${c}`, row, y, x]),
    ),
    right: pixelSide,
  }
}

// The summed axis runs over the images' outputs.
const outputLines = (name: string, k: Part): readonly string[] => [
  statement`let ${name}_n = ${k} / (params.out_h * params.out_w);`,
  statement`let ${name}_y = ${k} / params.out_w % params.out_h;`,
  statement`let ${name}_x = ${k} % params.out_w;`,
]

/** Cotangents [output channel][output of an image]. */
const cotangentSide = (load: string): SharedSide => ({
  name: "left",
  vectors: null,
  alongDepth: true,
  prepare: (id, first) =>
    range(4).map((r) => statement`let o${id}_${r} = min(${first} + ${r}u, params.group_out - 1u);`),
  fetch: (id, { depth: k }) => {
    const output = `left${id}`
    const values = range(4).map((r) => {
      const channel = wgsl`part * params.group_out + o${id}_${r}`
      const at = viewPosition("g", "nohw", [`${output}_n`, channel, `${output}_y`, `${output}_x`])
      return [inDepth(k), at] as const
    })
    return {
      lines: [...outputLines(output, k), ...guarded(`${output}_values`, load, values)],
      values: wgsl`${`${output}_values`}`,
      condition: null,
    }
  },
})

/** Pixels [output of an image][channel and tap]: what each output has met at each tap. */
const metPixelSide = (load: string): SharedSide => ({
  name: "right",
  vectors: null,
  alongDepth: true,
  prepare: (id, first) =>
    range(4).flatMap((r) => tapLines(`tap${id}_${r}`, wgsl`min(${first} + ${r}u, params.taps - 1u)`)),
  fetch: (id, { depth: k }) => {
    const output = `right${id}`
    const values = range(4).map((r) => {
      const tap = `tap${id}_${r}`
      const y = wgsl`${output}_y * params.stride_h + ${tap}_y - params.pad_h`
      const x = wgsl`${output}_x * params.stride_w + ${tap}_x - params.pad_w`
      const at = viewPosition("x", "nchw", [`${output}_n`, wgsl`part * params.group_in + ${tap}_c`, y, x])
      return [wgsl`${inDepth(k)} && ${y} < params.in_h && ${x} < params.in_w`, at] as const
    })
    return {
      lines: [...outputLines(output, k), ...guarded(`${output}_values`, load, values)],
      values: wgsl`${`${output}_values`}`,
      condition: null,
    }
  },
})

/** Outputs times pixels, summed over images and outputs: columns are channels and taps. */
export const weightGradient = (problem: WeightProblem): GatheredProduct => {
  const { params, operands } = problem
  const [image, cotangent] = operands
  const taps = params.group_in * params.kernel_h * params.kernel_w
  return {
    ...problem,
    params: { ...params, taps },
    products: params.groups,
    parts: params.groups,
    rows: params.group_out,
    columns: taps,
    depth: params.batch * params.out_h * params.out_w,
    left: cotangentSide(cotangent.load),
    right: metPixelSide(image.load),
  }
}

/** `let n`, `let part`: the image and the group of channels that product number `product` belongs to. */
export const productLines = ({ parts }: GatheredProduct): readonly string[] =>
  parts === 1
    ? ["let n = product;", "let part = 0u;"]
    : ["let n = product / params.groups;", "let part = product % params.groups;"]

export const productsOf = ({ rows, columns, depth, products }: GatheredProduct): Products => ({
  rows,
  columns,
  depth,
  products,
})
