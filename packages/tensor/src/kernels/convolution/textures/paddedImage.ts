import { statement, wgsl } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape/shape.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { ComputedText } from "../../emit/computedOperand.ts"
import { bindingFor, type Kernel, type Scratch, type Staged } from "../../dispatch/kernel.ts"
import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import { lines, range, viewParams, viewPosition, type Operand } from "../../emit/operand.ts"
import type { GroupBindings } from "../../dispatch/group.ts"

/** Where a window of an image lies: its first pixel may lie in the border, before the image. */
export interface ImageWindow {
  readonly image: number
  readonly images: number
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/**
 * Pixels of some images, channels last and a real border of zeros around: `images · height` rows of `width` pixels of
 * `texels` texels. Channels fill up to a multiple of 8 with zeros.
 */
export interface PaddedImage {
  readonly scratch: Scratch
  readonly staged: Staged
  readonly images: number
  readonly height: number
  readonly width: number
  readonly texels: number
}

/** Copies into textures move rows of whole multiples of 256 bytes. */
export const rowTexels = 16

export const wholeRow = (texels: number): number => Math.ceil(texels / rowTexels) * rowTexels

/** Texels of one pixel: depth runs in steps of 8 values. */
export const pixelTexels = (channels: number): number => Math.ceil(channels / 8) * 2

const wholeWidth = (width: number, texels: number): number => {
  const whole = range(rowTexels).find((extra) => ((width + extra) * texels) % rowTexels === 0)!
  return width + whole
}

export const fitsTexture = (width: number, height: number, limits: KernelFacts): boolean =>
  width + 4 <= limits.textureExtent && height <= limits.textureExtent && width * height * 16 <= limits.bindingBytes

/** Whether a window of some images fits a texture. */
export const fitsWindow = (
  channels: number,
  { images, height, width }: Pick<ImageWindow, "images" | "height" | "width">,
  limits: KernelFacts,
): boolean => {
  const texels = pixelTexels(channels)
  return fitsTexture(wholeWidth(width, texels) * texels, images * height, limits)
}

export const paddedImage = (id: number, channels: number, window: ImageWindow): PaddedImage => {
  const texels = pixelTexels(channels)
  const width = wholeWidth(window.width, texels)
  const rows = window.images * window.height
  const scratch: Scratch = { scratch: id, dtype: "f32", size: rows * width * texels * 4 }
  const staged = { staged: scratch, width: width * texels, height: rows }
  return { scratch, staged, images: window.images, height: window.height, width, texels }
}

/** Scratch memory bound by vec4; it always fits one binding. */
export const scratchVectors = (
  scratch: Scratch,
  name: string,
  access: "read" | "write",
  limits: KernelFacts,
): Kernel["bindings"][number] => ({
  buffer: scratch,
  binding: { ...bindingFor(scratch, name, access, limits), vector: true },
})

/** The binding an operand is loaded from. */
export const operandEntries = ({ entries }: GroupBindings, { load }: Operand): Kernel["bindings"] =>
  entries.filter(({ binding }) => load === `load_${binding.name}`)

const workgroupSize = 64

// Neighbouring lanes take neighbouring pixels, so that a line of each channel's plane is read whole before it is evicted;
// each walks some texels of its pixel, so that finding its place is paid once.
const pixelsPerBlock = 16
const texelsPerItem = 8

const placeLines = (spread: boolean): readonly string[] => [
  "let image = row / params.height;",
  "let y = row % params.height + params.top;",
  "let x = column + params.left;",
  ...(spread
    ? [
        "let inside = y < params.in_h && x < params.in_w && y % params.spread_h == 0u && x % params.spread_w == 0u;",
        "let iy = select(0u, y / params.spread_h, inside);",
        "let ix = select(0u, x / params.spread_w, inside);",
      ]
    : [
        "let inside = y < params.in_h && x < params.in_w;",
        "let iy = select(0u, y, inside);",
        "let ix = select(0u, x, inside);",
      ]),
]

const mainText = (load: string, spread: boolean): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    statement`let chunks = (params.texels + ${texelsPerItem - 1}u) / ${texelsPerItem}u;`,
    statement`let blocks = (params.width + ${pixelsPerBlock - 1}u) / ${pixelsPerBlock}u;`,
    statement`let column = item % ${pixelsPerBlock}u + item / (${pixelsPerBlock}u * chunks) % blocks * ${pixelsPerBlock}u;`,
    statement`let row = item / (${pixelsPerBlock}u * chunks * blocks);`,
    "if (column >= params.width || row >= params.rows) { return; }",
    placeLines(spread),
    statement`let base = ${viewPosition("x", "nchw", [wgsl`params.image + image`, "0u", "iy", "ix"])};`,
    statement`let first = item / ${pixelsPerBlock}u % chunks * ${texelsPerItem}u;`,
    statement`let last = min(first + ${texelsPerItem}u, params.texels);`,
    "for (var t = first; t < last; t++) {",
    range(4).map(
      (i) =>
        statement`let v${i} = select(0.0f, ${load}(base + min(t * 4u + ${i}u, params.channels - 1u) * params.x_c), inside && t * 4u + ${i}u < params.channels);`,
    ),
    "store4_padded((row * params.width + column) * params.texels + t, vec4<f32>(v0, v1, v2, v3));",
    "}",
  )

// Four neighbouring pixels of a channel are one load; the same of four channels, turned round, are texels of four pixels.
const quadText = (load: string): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    statement`let chunks = (params.texels + ${texelsPerItem - 1}u) / ${texelsPerItem}u;`,
    "let quad = item % params.quads;",
    "let row = item / (params.quads * chunks);",
    "if (row >= params.rows) { return; }",
    "let x = params.first_x + quad * 4u;",
    "let y = row % params.height + params.top;",
    "let inside = y < params.in_h && x < params.in_w;",
    statement`let base = ${viewPosition("x", "nchw", [wgsl`params.image + row / params.height`, "0u", wgsl`select(0u, y, inside)`, wgsl`select(0u, x, inside)`])};`,
    "let column = x - params.left;",
    statement`let first = item / params.quads % chunks * ${texelsPerItem}u;`,
    statement`let last = min(first + ${texelsPerItem}u, params.texels);`,
    "for (var t = first; t < last; t++) {",
    range(4).map(
      (i) =>
        statement`let v${i} = select(vec4<f32>(), ${load}((base + min(t * 4u + ${i}u, params.channels - 1u) * params.x_c) >> 2u), inside && t * 4u + ${i}u < params.channels);`,
    ),
    "let at = (row * params.width + column) * params.texels + t;",
    [..."xyzw"].map(
      (part, j) =>
        statement`if (column + ${j}u < params.width) { store4_padded(at + ${j}u * params.texels, vec4<f32>(v0.${part}, v1.${part}, v2.${part}, v3.${part})); }`,
    ),
    "}",
  )

/** Whether rows of an image are whole groups of four elements. */
const hasWholeQuads = ({ base, view }: Operand): boolean => {
  const [n, c, h, w] = view.strides as readonly [number, number, number, number]
  return w === 1 && base.dtype === "f32" && [n, c, h, view.offset, view.shape[3]!].every((step) => step % 4 === 0)
}

const asVectors = (entries: Kernel["bindings"]): Kernel["bindings"] =>
  entries.map((entry) => ({ ...entry, binding: { ...entry.binding, vector: true } }))

/** How a kernel reads the image, four elements at a time where one load gives them. */
const readerOf = (
  bindings: GroupBindings,
  image: Operand,
  isSpread: boolean,
): ComputedText & { readonly quads: boolean } => {
  const whole = !isSpread && hasWholeQuads(image)
  if (image.computed !== undefined) {
    const quads = whole ? image.computed.quads() : null
    return { ...(quads ?? image.computed.elements()), quads: quads !== null }
  }
  const entries = operandEntries(bindings, image)
  const quads = whole && entries.every(({ binding }) => binding.windows === 1)
  return { code: "", functions: [], entries: quads ? asVectors(entries) : entries, quads }
}

const vectorLoad = (load: string): string => load.replace("load_", "load4_")

/** Lays a window of an image [n, c, h, w] out as a padded image, computing it on the way where it has a prologue. `spread` puts zeros between the pixels. */
export const padImage = (
  label: string,
  bindings: GroupBindings,
  image: Operand,
  window: ImageWindow,
  padded: PaddedImage,
  spread: readonly [vertical: number, horizontal: number],
  limits: KernelFacts,
): Kernel => {
  const [, channels, h, w] = image.view.shape as readonly [number, number, number, number]
  const rows = padded.images * padded.height
  const isSpread = spread[0] !== 1 || spread[1] !== 1
  const { code, functions, entries, quads } = readerOf(bindings, image, isSpread)
  const firstX = Math.floor(window.left / 4) * 4
  const across = Math.ceil((window.left + padded.width - firstX) / 4)
  const blocks = Math.ceil(padded.width / pixelsPerBlock) * Math.ceil(padded.texels / texelsPerItem)
  return assembleKernel({
    label: image.computed === undefined ? `${label} (image)` : `${label} (image, computed)`,
    family: "conv2d",
    bindings: [...entries, scratchVectors(padded.scratch, "padded", "write", limits)],
    params: {
      rows,
      height: padded.height,
      width: padded.width,
      texels: padded.texels,
      channels,
      image: window.image,
      top: window.top,
      left: window.left,
      in_h: (h - 1) * spread[0] + 1,
      in_w: (w - 1) * spread[1] + 1,
      ...(quads ? { first_x: firstX, quads: across } : {}),
      ...(isSpread ? { spread_h: spread[0], spread_w: spread[1] } : {}),
      ...viewParams("x", "nchw", image.view),
    },
    functions,
    code,
    elements: sizeOf(image.view.shape),
    workgroupSize,
    main: quads ? quadText(vectorLoad(image.load)) : mainText(image.load, isSpread),
    workgroups: Math.ceil(
      (rows * (quads ? across * Math.ceil(padded.texels / texelsPerItem) : blocks * pixelsPerBlock)) / workgroupSize,
    ),
    choice: { layout: "channels last" },
  })
}
