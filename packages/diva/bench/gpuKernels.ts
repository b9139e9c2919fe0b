// Kernels one by one, in every precision asked for, beside what prototypes of them reached on an H200:
//   --precisions …        highest, high, medium
//   --runs N              measured runs of each
//   --tiny                a small one of each kind
// Prints one JSON line a kernel and precision, as soon as it is known.
import { parseArgs } from "node:util"
import { grad } from "@diva/autograd"
import {
  attention,
  conv2d,
  matmul,
  mul,
  openDevice,
  precisions,
  profile,
  sum,
  transpose,
  type Precision,
  type Shape,
  type Spec,
  type Tensor,
} from "@diva/tensor"
import {
  attentions,
  convolutions,
  products,
  type Attention,
  type Convolution,
  type Product,
  type Rates,
} from "./prototypes.ts"
import { seededOperands } from "./seededOperands.ts"

const { values } = parseArgs({
  options: {
    precisions: { type: "string", default: "highest" },
    runs: { type: "string", default: "5" },
    tiny: { type: "boolean", default: false },
  },
})

type Args = Readonly<Record<string, Tensor>>

/** A program of one kernel, or of one after what it needs. */
interface Subject {
  readonly subject: string
  readonly shape: string
  readonly shapes: Readonly<Record<string, Shape>>
  readonly program: (args: Args) => unknown
  readonly frozen: readonly string[]
  /** The family that is measured, where others belong to the program, too. */
  readonly family?: string
  readonly rates: Rates
}

const ofProduct = ({ m, n, k, layout, rates }: Product): Subject => ({
  subject: "product",
  shape: `${m}×${n}×${k} ${layout}`,
  shapes: { a: layout === "TN" ? [k, m] : [m, k], b: layout.endsWith("T") ? [n, k] : [k, n] },
  program: ({ a, b }) => matmul(layout === "TN" ? transpose(a!) : a!, layout.endsWith("T") ? transpose(b!) : b!),
  frozen: layout === "NwT" ? ["b"] : [],
  rates,
})

const ofConvolution = ({ channels, edge, stride, rates }: Convolution): Subject => ({
  subject: "convolution",
  shape: `${channels}@${edge}²${stride === 1 ? "" : ` stride ${stride}`}`,
  shapes: { x: [1, channels, edge, edge], w: [channels, channels, 3, 3] },
  program: ({ x, w }) => conv2d(x!, w!, { padding: 1, stride }),
  frozen: ["w"],
  rates,
})

const attended = ({ q, k, v }: Args): Tensor => attention(q!, k!, v!)

/** Each pass of an attention: forward, and the gradients of those arguments that it is for. */
const passes = {
  attention: attended,
  attentionQueries: ({ q, weights, ...kv }: Args) =>
    grad((given: Args) => sum(mul(attended({ ...kv, ...given }), weights!)))({ q: q! }),
  attentionKeys: ({ k, v, weights, ...rest }: Args) =>
    grad((given: Args) => sum(mul(attended({ ...rest, ...given }), weights!)))({ k: k!, v: v! }),
} as const

const ofAttention = ({ heads, tokens, width, rates }: Attention): readonly Subject[] => {
  const shape = [1, heads, tokens, width]
  const qkv = { q: shape, k: shape, v: shape }
  return (Object.keys(passes) as readonly (keyof typeof passes)[]).flatMap((family) => {
    const reached = rates[family]
    if (reached === undefined) return []
    return [
      {
        subject: family,
        shape: `${heads}×${tokens}×${width}`,
        shapes: family === "attention" ? qkv : { ...qkv, weights: shape },
        program: passes[family],
        frozen: [],
        family,
        rates: reached,
      },
    ]
  })
}

const all = values.tiny
  ? [
      ofProduct({ ...products[0]!, m: 64, n: 64, k: 64 }),
      ofConvolution({ ...convolutions[0]!, channels: 8, edge: 8 }),
      ...ofAttention({ ...attentions[0]!, heads: 1, tokens: 32, width: 16 }),
    ]
  : [...products.map(ofProduct), ...convolutions.map(ofConvolution), ...attentions.flatMap(ofAttention)]

await using device = await openDevice()

const measure = async ({ subject, shape, shapes, program, frozen, family, rates }: Subject, precision: Precision) => {
  const specs = Object.fromEntries(
    Object.entries(shapes).map(([name, given]): readonly [string, Spec] => [name, { shape: given, dtype: "f32" }]),
  )
  using compiled = await device.compile(program as never, specs as never, { precision, frozen })
  const given = seededOperands(device, specs) as Readonly<Record<string, Disposable>>
  const { steps } = await profile(device, compiled, given as never, { runs: Number(values.runs) })
  for (const array of Object.values(given)) array[Symbol.dispose]()
  // Magnitudes of arguments are what other kernels would have kept; all else that a kernel needs, as adding its parts, is its own.
  const mine = steps.filter((step) => (family === undefined ? step.family !== "magnitude" : step.family === family))
  const seconds = mine.reduce((total, { compute, staging }) => total + compute + staging, 0)
  const flops = mine.reduce((total, step) => total + step.flops, 0)
  const [first] = mine
  return { subject, shape, precision, seconds, flops, prototype: rates[precision], choice: first?.choice }
}

for (const precision of precisions.filter((one) => values.precisions.split(",").includes(one)))
  for (const subject of all)
    try {
      process.stdout.write(`${JSON.stringify(await measure(subject, precision))}\n`)
    } catch (error) {
      const why = error instanceof Error ? error.message : JSON.stringify(error)
      process.stdout.write(`${JSON.stringify({ subject: subject.subject, shape: subject.shape, precision, why })}\n`)
    }
process.exit()
