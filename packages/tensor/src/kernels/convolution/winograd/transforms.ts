import { call, statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape/shape.ts"
import { isContiguous } from "../../../shape/view.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import { besideRoot } from "../../dispatch/bindGroup.ts"
import { bindingFor, type Kernel } from "../../dispatch/kernel.ts"
import { lines, range, viewParams, viewPosition, type Operand } from "../../emit/operand.ts"
import { planeTail } from "../../emit/planeTail.ts"
import { finishFunction, labelOf } from "../../emit/tail.ts"
import { tailEntries } from "../../emit/tailEntries.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { squareNames, squareTransform, winogradOf, type Winograd } from "../textures/winogradMatrices.ts"
import { imageScratch, productScratch, weightScratch, winogradLayout } from "./layout.ts"
import { planesLeft } from "./planes.ts"

const workgroupSize = 128

const readEntries = ({ bindings }: Site, { base }: Operand): Kernel["bindings"] =>
  bindings.entries.filter(({ buffer, binding }) => binding.access === "read" && buffer === base)

/** Stores all values of a transform, plane by plane. */
const storePlanes = ({ extent }: Winograd, name: string): readonly string[] =>
  squareNames("v", extent).map(
    ([value, i, j]) => statement`store_${name}(place + ${i * extent + j}u * params.plane, ${value});`,
  )

// Neighbouring invocations take neighbouring features, so that what they store is whole lines of memory.
const weightText = (winograd: Winograd, { load }: Operand): string =>
  lines(
    statement`let place = group * ${workgroupSize}u + lane;`,
    "if (place >= params.plane) { return; }",
    "let feature = min(place % params.wide, params.features - 1u);",
    "let channel = place / params.wide;",
    squareNames("g", 3).map(
      ([name, i, j]) =>
        statement`let ${name} = ${load}(${viewPosition("w", "oihw", ["feature", "channel", `${i}u`, `${j}u`])});`,
    ),
    squareTransform(winograd.weight, "g", "v"),
    storePlanes(winograd, "weights"),
  )

/** G g Gᵀ of all weights. */
export const transformWeight = (family: string, correlation: Correlation, tile: 2 | 4, site: Site): Kernel => {
  const { weight, channels, features } = correlation
  const layout = winogradLayout(correlation, tile)
  const to = weightScratch(correlation, layout)
  const plane = channels * layout.wideFeatures
  return assembleKernel({
    label: "weight (transformed)",
    family,
    bindings: [...readEntries(site, weight), { buffer: to, binding: bindingFor(to, "weights", "write", site.facts) }],
    params: { plane, wide: layout.wideFeatures, features, ...viewParams("w", "oihw", weight.view) },
    functions: [],
    code: "",
    elements: to.size,
    workgroupSize,
    main: weightText(winogradOf(tile), weight),
    workgroups: Math.ceil(plane / workgroupSize),
  })
}

/** Which tile of which image is number `tile`: its first pixel. */
const tilePlace = (tile: number): readonly string[] => [
  statement`let tx = tile % params.across * ${tile}u;`,
  statement`let ty = tile / params.across % params.down * ${tile}u;`,
  "let image = tile / (params.across * params.down);",
]

// Rows and columns of the border wrap to huge numbers, so one comparison covers both sides.
const imageText = (winograd: Winograd, { load }: Operand): string => {
  const { extent } = winograd
  return lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    "let tile = item % params.tiles;",
    "let channel = item / params.tiles;",
    "if (channel >= params.channels) { return; }",
    tilePlace(winograd.tile),
    "let start = params.x_offset + image * params.x_n + channel * params.x_c;",
    range(extent).flatMap((i) => [
      statement`let y${i} = ty + ${i}u - params.before_h;`,
      statement`let x${i} = tx + ${i}u - params.before_w;`,
      statement`let row${i} = start + select(0u, y${i}, y${i} < params.in_h) * params.x_h;`,
      statement`let column${i} = select(0u, x${i}, x${i} < params.in_w) * params.x_w;`,
    ]),
    squareNames("d", extent).map(
      ([name, i, j]) =>
        statement`let ${name} = select(0.0f, ${load}(row${i} + column${j}), y${i} < params.in_h && x${j} < params.in_w);`,
    ),
    squareTransform(winograd.image, "d", "v"),
    "let place = channel * params.wide + tile;",
    storePlanes(winograd, "image_tiles"),
  )
}

const isStoredWhole = ({ base, view }: Operand): boolean =>
  isContiguous(view) && sizeOf(base.shape) === sizeOf(view.shape)

/** Bᵀ d B of all tiles of the image. */
export const transformImage = (family: string, correlation: Correlation, tile: 2 | 4, site: Site): Kernel => {
  const { image, channels, size, before } = correlation
  const layout = winogradLayout(correlation, tile)
  const { tiles, across, down, wideTiles } = layout
  const to = imageScratch(correlation, layout)
  const kernel = assembleKernel({
    label: "image (transformed)",
    family,
    bindings: [
      ...readEntries(site, image),
      { buffer: to, binding: bindingFor(to, "image_tiles", "write", site.facts) },
    ],
    params: {
      channels,
      tiles,
      across,
      down,
      wide: wideTiles,
      plane: channels * wideTiles,
      in_h: size[0],
      in_w: size[1],
      before_h: before[0],
      before_w: before[1],
      ...viewParams("x", "nchw", image.view),
    },
    functions: [],
    code: "",
    elements: to.size,
    workgroupSize,
    main: imageText(winogradOf(tile), image),
    workgroups: Math.ceil((channels * tiles) / workgroupSize),
  })
  return isStoredWhole(image)
    ? { ...kernel, items: { images: correlation.batch, channels, each: tiles / correlation.batch } }
    : kernel
}

const inside = (i: number, j: number): Wgsl => wgsl`ty + ${i}u < params.out_h && tx + ${j}u < params.out_w`

const storeElements = (tile: number): readonly string[] =>
  squareNames("y", tile).map(
    ([name, i, j]) =>
      statement`if (${inside(i, j)}) { let at = first + ${i}u * params.out_w + ${j}u; store_out(at, finish(at, ${name})); }`,
  )

const finishedRow = (tile: number, i: number): Wgsl =>
  wgsl`finish4(plane, (pixel + ${i}u * params.out_w) >> 2u, ${call(
    "vec4<f32>",
    range(tile).map((j) => `y${i}_${j}`),
  )})`

const storeRow = (i: number, row: Wgsl): string =>
  statement`if (${inside(i, 0)}) { store4_out((first + ${i}u * params.out_w) >> 2u, ${row}); }`

// All values first: what they share, a bias for one, is then loaded once. Not so where the tail stores as well.
const storeRows = (tile: number, tailStores: boolean): readonly string[] =>
  tailStores
    ? range(tile).map((i) => storeRow(i, finishedRow(tile, i)))
    : [
        ...range(tile).map((i) => statement`let row${i} = ${finishedRow(tile, i)};`),
        ...range(tile).map((i) => storeRow(i, wgsl`row${i}`)),
      ]

const resultText = ({ result, tile, extent }: Winograd, vector: boolean, tailStores: boolean): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    "let tile = item % params.tiles;",
    "let feature = item / params.tiles;",
    "if (feature >= params.features) { return; }",
    tilePlace(tile),
    "let place = feature * params.wide + tile;",
    squareNames("m", extent).map(
      ([name, i, j]) => statement`let ${name} = load_products(place + ${i * extent + j}u * params.plane);`,
    ),
    squareTransform(result, "m", "y"),
    "let plane = image * params.features + feature;",
    "let pixel = ty * params.out_w + tx;",
    "let first = plane * params.pixels + pixel;",
    vector ? storeRows(tile, tailStores) : storeElements(tile),
  )

/** Aᵀ M A of all tiles, with the tail. */
export const transformResult = (family: string, correlation: Correlation, tile: 2 | 4, site: Site): Kernel => {
  const { group, bindings, facts } = site
  const { features, out } = correlation
  const layout = winogradLayout(correlation, tile)
  const { tiles, across, down, wideTiles, wideFeatures } = layout
  const from = productScratch(layout)
  const quads = tile === 4 && out[1] % 4 === 0 ? planeTail(group, bindings, out[0] * out[1]) : null
  const { code, functions } = quads ?? finishFunction(group, bindings)
  const kernel = assembleKernel({
    label: labelOf(group),
    family,
    bindings: [
      { buffer: from, binding: bindingFor(from, "products", "read", facts) },
      ...(quads?.entries ?? tailEntries(group, bindings, code, false).entries),
    ],
    params: {
      features,
      tiles,
      across,
      down,
      wide: wideTiles,
      plane: wideFeatures * wideTiles,
      out_h: out[0],
      out_w: out[1],
      pixels: out[0] * out[1],
    },
    functions,
    code,
    elements: sizeOf(group.root.shape),
    workgroupSize,
    main: resultText(winogradOf(tile), quads !== null, besideRoot(group).length > 0),
    workgroups: Math.ceil((features * tiles) / workgroupSize),
  })
  return { ...kernel, finishes: planesLeft(correlation, tile) }
}
