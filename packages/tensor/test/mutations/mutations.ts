/** A mistake that someone might make in what writes shaders, and the quick tests that are to find it, cheapest first. */
export interface Mutation {
  readonly family: string
  /** What goes wrong, in words. */
  readonly mistake: string
  /** Below src/; `from` stands in it once. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** Test files below test/; `chains:x` is one family of the random chains. */
  readonly tests: readonly string[]
}

const text = ["chains/straightLine.test.ts", "codegen/expression.test.ts", "codegen/indexing.test.ts"]

const inFile =
  (family: string, file: string, tests: readonly string[]) =>
  (mistake: string, from: string, to: string): Mutation => ({ family, mistake, file, from, to, tests })

const grammar = inFile("expressions", "codegen/grammar.ts", text)
const writer = inFile("index text", "codegen/writer.ts", text)
const dividing = inFile("index text", "codegen/dividing.ts", text)
const indexing = inFile("index text", "codegen/indexing.ts", text)
const quads = inFile("vectors", "codegen/quads.ts", text)
const flip = inFile("views", "ops/flip.ts", text)
const pad = inFile("views", "ops/pad.ts", text)
const concat = inFile("views", "ops/concat.ts", text)
const slice = inFile("views", "ops/slice.ts", text)
const view = inFile("strides", "shape/view.ts", [
  "ops/reference.test.ts",
  "golden.test.ts",
  "chains:contracted",
  "chains:attended",
])
const pointwise = inFile("pointwise", "kernels/elementwise/pointwise.ts", [
  "chains:fused",
  "chains:moved",
  "ops/ops.gpu.test.ts",
])
const scattered = ["chains:scattered", "way/scatter.gpu.test.ts"]
const scatter = inFile("scatter", "kernels/elementwise/scatterSite.ts", scattered)
const scatterPlaces = inFile("scatter", "kernels/emit/position.ts", scattered)
const scatterLinked = inFile("scatter", "kernels/elementwise/scatterLinked.ts", scattered)
const reduce = inFile("reduction", "kernels/reduce/reduce.ts", ["chains:folded", "ops/ops.gpu.test.ts"])
const reduceLoop = inFile("reduction", "kernels/reduce/reduceLoop.ts", ["chains:folded"])
const reduceOperand = inFile("reduction", "kernels/reduce/reduceOperand.ts", [
  "chains:folded",
  "chains/ways.gpu.test.ts",
])
const tail = inFile("prologue and tail", "kernels/emit/tail.ts", ["chains:folded", "chains:contracted"])
const rows = inFile("rows", "kernels/rows/rows.ts", [
  "chains:rows",
  "chains/ways.gpu.test.ts",
  "rowFusion.gpu.test.ts",
  "device/guards.gpu.test.ts",
])
const rowStatements = inFile("rows", "kernels/rows/rowStatements.ts", [
  "chains:rows",
  "chains/ways.gpu.test.ts",
  "rowFusion.gpu.test.ts",
  "device/guards.gpu.test.ts",
])
const rowLoops = inFile("rows", "kernels/rows/rowLoops.ts", ["chains:rows", "rowFusion.gpu.test.ts"])
const emitRows = inFile("rows", "kernels/rows/emitRows.ts", ["chains:rows", "rowFusion.gpu.test.ts"])
const rowAccumulators = inFile("rows", "kernels/rows/rowAccumulators.ts", ["chains:rows", "rowFusion.gpu.test.ts"])
const ways = "chains/ways.gpu.test.ts"
const guards = "device/guards.gpu.test.ts"
const contraction = ["chains:contracted", ways, "contract.gpu.test.ts", guards]
const contract = inFile("contraction", "kernels/contract/registers.ts", contraction)
const contractProblem = inFile("contraction", "kernels/contract/problem.ts", contraction)
const contractTextures = inFile("contraction", "kernels/contract/textures.ts", contraction)
const contractTiles = inFile("contraction", "kernels/contract/texturesText.ts", contraction)
const contractMatrix = inFile("contraction", "kernels/contract/matrixInTexture.ts", contraction)
const contractShared = inFile("contraction", "kernels/tiles/workgroupTile.ts", contraction)
const convolution = ["chains:convolved", ways, "convolution.gpu.test.ts", guards]
const convolved = inFile("convolution", "kernels/convolution/registers.ts", convolution)
const convolvedInput = inFile("convolution", "kernels/convolution/registersInput.ts", convolution)
const convolvedWeight = inFile("convolution", "kernels/convolution/registersWeight.ts", convolution)
const gathered = inFile("convolution", "kernels/convolution/gathered.ts", convolution)
const implicit = inFile("convolution", "kernels/convolution/textures/implicitProduct.ts", convolution)
const image = inFile("convolution", "kernels/convolution/textures/paddedImage.ts", convolution)
const planes = inFile("convolution", "kernels/convolution/textures/weightPlanes.ts", convolution)
const taps = inFile("convolution", "kernels/convolution/textures/tapProduct.ts", convolution)
const winograd = inFile("convolution", "kernels/convolution/textures/winograd.ts", convolution)
const winogradMatrices = inFile("convolution", "kernels/convolution/textures/winogradMatrices.ts", convolution)
const attention = ["chains:attended", ways, "attention.gpu.test.ts"]
const attended = inFile("attention", "kernels/attention/registers.ts", attention)
const attendedTile = inFile("attention", "kernels/attention/tileText.ts", attention)
const attendedLanes = inFile("attention", "kernels/attention/lanesText.ts", attention)
const attendedPasses = inFile("attention", "kernels/attention/texturesTile.ts", attention)

export const mutations: readonly Mutation[] = [
  grammar(
    "no brackets around a subtracted sum",
    'sum: [arithmetic, [...tight, "product"]]',
    "sum: [arithmetic, arithmetic]",
  ),
  grammar(
    "no brackets around the factors of a product",
    'product: [[...tight, "product"], tight]',
    "product: [arithmetic, tight]",
  ),
  grammar(
    "no brackets around a divisor",
    'product: [[...tight, "product"], tight]',
    'product: [[...tight, "product"], [...tight, "product"]]',
  ),
  grammar("no brackets around what is shifted", "shift: [tight, tight]", "shift: [arithmetic, tight]"),
  grammar(
    "no brackets behind a minus",
    'if (token?.operator === "prefix") return ["primary"]',
    'if (token?.operator === "prefix") return everything',
  ),
  writer("a remainder without its factor", "wgsl`${whole} - ${above} * ${range}u`", "wgsl`${whole} - ${above}`"),
  writer(
    "the axis itself counted among those inside it",
    "extents.slice(last + 1).reduce",
    "extents.slice(last).reduce",
  ),
  writer(
    "axes joined whatever their coefficients",
    "run.coefficient === coefficient * extents.get(space)![axis]!",
    "run.coefficient > coefficient",
  ),
  writer("an offset dropped", "...(index.offset === 0 ? [] : [wgsl`${index.offset}u`])", "...[]"),
  writer("a coefficient dropped", "wgsl`${expression} * ${coefficient}u`", "wgsl`${expression}`"),
  dividing(
    "a nested quotient divided once",
    "quotientName(inner.of, inner.divisor * divisor)",
    "quotientName(inner.of, inner.divisor)",
  ),
  dividing(
    "the rest of a common unit dropped",
    "addIndex(scaleIndex(remainder, unit), constantIndex(offset))",
    "scaleIndex(remainder, unit)",
  ),
  indexing("a remainder's offset dropped", "offset: index.offset % divisor }", "offset: 0 }"),
  indexing("a quotient and a remainder of different divisors joined", "b.divisor === a.divisor &&", ""),
  indexing(
    "the largest value one too small",
    "coefficient * (atom.extent - 1), index.offset)",
    "coefficient * (atom.extent - 2), index.offset)",
  ),
  indexing(
    "strides of axes swapped",
    "scaleIndex(coordinate, strides[axis]!)",
    "scaleIndex(coordinate, strides[strides.length - 1 - axis]!)",
  ),
  quads("the wrong component of a vector", "component: offset % 4,", "component: 0,"),
  quads("a vector of the wrong place", "coefficient: coefficient / 4 }", "coefficient }"),
  flip("reversed from one too far", "wgsl`${extent - 1}u - ${emit.text(at)}`", "wgsl`${extent}u - ${emit.text(at)}`"),
  flip("not reversed", "wgsl`${extent - 1}u - ${emit.text(at)}`", "wgsl`${emit.text(at)}`"),
  pad("border not taken off", "wgsl`${emit.text(inner)} - ${low / unit}u`", "wgsl`${emit.text(inner)} - ${low}u`"),
  pad(
    "one too many taken for inside",
    "test: wgsl`${moved} < ${extent / unit}u`",
    "test: wgsl`${moved} <= ${extent / unit}u`",
  ),
  pad("another period", "== ${low / extent}u`", "== ${low}u`"),
  concat("parts that begin one later", "${position} >= ${start / unit}u)`", "${position} > ${start / unit}u)`"),
  concat(
    "a part's start not taken off",
    "wgsl`min(max(${position}, ${start}u) - ${start}u, ${extent - 1}u)`",
    "wgsl`min(max(${position}, ${start}u), ${extent - 1}u)`",
  ),
  concat(
    "neighbours of a unit read as one",
    "addIndex(scaleIndex(bound(), unit), constantIndex(offset))",
    "scaleIndex(bound(), unit)",
  ),
  slice("steps ignored", "scaleIndex(at, steps[axis]!)", "scaleIndex(at, 1)"),
  slice("starts ignored", "constantIndex(starts[axis]!)", "constantIndex(0)"),
  inFile("views", "ops/permute.ts", text)(
    "axes put back in the same order",
    "inverse(order).map((axis) => index[axis]!)",
    "order.map((axis) => index[axis]!)",
  ),
  inFile("views", "ops/expand.ts", text)("axes counted from the first", "index[axis + added]!", "index[axis]!"),
  inFile("views", "ops/take.ts", ["chains/straightLine.test.ts"])(
    "the last row out of reach",
    "${rows - 1}i))`",
    "${rows - 2}i))`",
  ),
  view("strides of a slice unchanged by its steps", "stride * steps[axis]!", "stride"),
  view("an offset without its stride", "offset + start * view.strides[axis]!", "offset + start"),
  view("a reshaped axis with the stride of the whole", "strides[axis] = group[1] * inside", "strides[axis] = group[1]"),
  pointwise(
    "quads one group apart",
    "min(first + ${k * size}u, params.size - 1u)",
    "min(first + ${k}u, params.size - 1u)",
  ),
  pointwise(
    "an odd last half not written",
    "if (i + 1u < params.size) { high = element(i + 1u); }",
    "high = element(i);",
  ),
  scatterPlaces(
    "the wrong stride",
    "at += rest % params.${name}_extent${axis} * params.${name}_stride${axis};",
    "at += rest % params.${name}_extent${axis};",
  ),
  scatter(
    "rows not clamped",
    "min(u32(max(i32(${load}(position_index(j))), 0)), params.rows - 1u)",
    "u32(i32(${load}(position_index(j))))",
  ),
  scatterLinked(
    "an update that follows itself",
    "select(i - params.rows + 1u, 0u, is_row)",
    "select(i - params.rows + 2u, 0u, is_row)",
  ),
  reduce(
    "parts one behind the other",
    "let start = part / ${together}u * params.stretch;",
    "let start = part / ${together}u;",
  ),
  reduce(
    "a stretch that runs into the next",
    "let end = min(start + params.stretch, params.length);",
    "let end = params.length;",
  ),
  reduce("results of a vector all in one place", "[wgsl`o * 4u + ${k}u`", "[wgsl`o * 4u`"),
  reduceLoop("a rest left out", "[fold.unroll, 1].slice(fold.unroll === 1 ? 1 : 0)", "[fold.unroll]"),
  reduceLoop(
    "a block that ends one too late",
    "break if ${placeAt(step, unroll - 1)} >= ${end};",
    "break if ${placeAt(step, unroll - 1)} > ${end};",
  ),
  reduceOperand(
    "folded axes swapped",
    "folded[axes.indexOf(axis)]! : outer[axis]!",
    "folded[axes.length - 1 - axes.indexOf(axis)]! : outer[axis]!",
  ),
  tail(
    "folded axes swapped, element by element",
    "r[axes.indexOf(axis)]! : o[axis]!",
    "r[axes.length - 1 - axes.indexOf(axis)]! : o[axis]!",
  ),
  rows("rows walked at once overlap too little", "last: rows - layout.rows,", "last: rows,"),
  rowStatements("a row's second result in the first's place", "(o + ${row}u, ${value!});", "(o, ${value!});"),
  rowLoops("a rest taken for a whole step", "span % (lanes * steps) === 0", "true"),
  rowLoops("parts skipped", '"c += 1u;"', '"c += 2u;"'),
  emitRows("an element's place in the step", "at * lanes * width + component", "at * width + component"),
  rowAccumulators(
    "means of lanes joined unweighed",
    "let share_${sum} = ${count}.0 / (${n} + ${count}.0);",
    "let share_${sum} = 0.5f;",
  ),
  rowAccumulators("what lanes are apart forgotten", "all_${spread} += ${n} * off_${sum} * off_${sum};", ""),
  contract(
    "the last row repeated too early",
    "min(row + ${i}u, params.m - 1u) * params.a_m",
    "min(row + ${i}u, params.m - 2u) * params.a_m",
  ),
  contract("the wrong stride along the sum", "let kb = k * params.b_k;", "let kb = k * params.b_n;"),
  contractProblem(
    "strides of the right matrix swapped",
    "b_k: b.view.strides[rank - 2]!",
    "b_k: b.view.strides[rank - 1]!",
  ),
  contractProblem("batches of the left matrix not moved", "a_start += z${axis} * params.a_batch${axis};", ""),
  contractTextures("a batch's texels forgotten", "${side}_texel += z${axis} * params.${side}_texels${axis};", ""),
  contractTextures("no rest of the sum", "problem.k % depth === 0", "true"),
  contractTiles("the rest of a sum not masked", "${position} < params.k)", "${position} <= params.k)"),
  contractTiles("rows abreast mixed up", "(${row} & ${abreast - 1}u) * ${pitch}", "(${row} & ${abreast - 1}u)"),
  contractTiles("columns past the last stored", "if (${first} < params.n) {", "if (${first} <= params.n) {"),
  contractMatrix("a matrix that begins at the wrong row", "row: start.rows,", "row: 0,"),
  contractShared("a quad of another row", "own_left + ${place((h * rows) / heldRows)}", "own_left + ${place(h)}"),
  contractShared("the tile not filled to its depth", "[${place} + ${d}u] =", "[${place} + ${d % 3}u] ="),
  convolved(
    "borders of axes swapped",
    "let iy${j} = oy${j} + ky - params.pad_h;",
    "let iy${j} = oy${j} + ky - params.pad_w;",
  ),
  convolved(
    "the stride of columns for rows",
    "p${j} / params.out_w * params.stride_h;",
    "p${j} / params.out_w * params.stride_w;",
  ),
  convolvedInput("outputs between strides counted", "oy${j} * params.stride_h == dy${j} && ", ""),
  convolvedInput("the border not added", "p${j} / params.in_w + params.pad_h;", "p${j} / params.in_w;"),
  convolvedWeight(
    "the tap of a column for a row",
    '"let kx = item % params.kernel_w;"',
    '"let kx = item % params.kernel_h;"',
  ),
  gathered(
    "taps of axes swapped",
    "${k} / params.kernel_w % params.kernel_h;",
    "${k} / params.kernel_h % params.kernel_h;",
  ),
  implicit(
    "a pixel of another row",
    "/ params.columns % params.strip_rows * params.step_y",
    "/ params.columns % params.strip_rows",
  ),
  implicit("another plane", "((p${i} + ${j}u) * params.plane", "((p${i} + ${j === 0 ? 0 : 1}u) * params.plane"),
  image(
    "the border of an image not left out",
    '"let y = row % params.height + params.top;",\n  "let x = column + params.left;"',
    '"let y = row % params.height + params.top;",\n  "let x = column;"',
  ),
  image(
    "channels past the last not zero",
    'inside && t * 4u + ${i}u < params.channels);`,\n    ),\n    "store4_padded',
    'inside);`,\n    ),\n    "store4_padded',
  ),
  planes("the part of the channels forgotten", "(part * params.weight_depth + c) >> 2u", "c >> 2u"),
  taps(
    "another tap's texel",
    "const seen = ky * seenColumns(problem) + k * problem.geometry.stride[1] + kx",
    "const seen = ky * seenColumns(problem) + k + kx",
  ),
  winograd("rows past the last stored", "if (ty + ${i}u < params.rows)", "if (ty + ${i}u <= params.rows)"),
  winogradMatrices("a sign of the transform", "[0, 1, -1, 8, -8, 1],", "[0, 1, -1, 8, 8, 1],"),
  attended("a key past the limit seen", ">= vec4<u32>(limit)", "> vec4<u32>(limit)"),
  attended(
    "the sum not shrunk",
    "total = total * shrink + (p.x + p.y) + (p.z + p.w);",
    "total = total + (p.x + p.y) + (p.z + p.w);",
  ),
  attended("the gradient of another row", "sums_start + row * params.sums_t", "sums_start + params.sums_t"),
  attendedTile(
    "a column past the last for its own",
    "min(column + 4u * l + ${j}u, last);",
    "min(column + 4u * l, last);",
  ),
  attendedTile("a broadcast from another lane", "${i * 2 + (k >> 2)}u)", "${i + (k >> 2)}u)"),
  attendedLanes(
    "the wrong one of two halves",
    "select(${even!}, ${odd!}, bit${bit})",
    "select(${odd!}, ${even!}, bit${bit})",
  ),
  attendedPasses("δ not subtracted", "* (g${r} - ${delta}) * scale;", "* g${r} * scale;"),
  attendedPasses(
    "a key after the query seen",
    "columns > vec4<u32>(min(last, row + ${r}u))",
    "columns > vec4<u32>(min(last, row + ${r}u + 1u))",
  ),
]
