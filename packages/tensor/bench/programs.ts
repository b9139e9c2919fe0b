import { onDevice, type Described } from "../../../scripts/bench/onDevice.ts"
import type { Offers } from "../../../scripts/bench/serve.ts"
import type { SizesOf } from "../../../scripts/bench/subject.ts"
import { add, conv2d, groupNorm, layerNorm, matmul, mul, silu, softmax } from "../src/index.ts"
import type { Device, Tensor } from "../src/index.ts"
import { conv2dInput } from "../src/ops/conv2dInput.ts"
import { conv2dWeight } from "../src/ops/conv2dWeight.ts"

type Named<Names extends string> = Readonly<Record<Names, Tensor>>

/** Ties a program's argument names to its shapes. */
const described = <Names extends string>(
  shapes: Readonly<Record<Names, readonly number[]>>,
  program: (args: Named<Names>) => Tensor,
): Described => ({ shapes, program: program as Described["program"] })

const window = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const

const convolutionShapes = ({ channels, edge }: SizesOf["convolution"]) => {
  const image = [1, channels, edge, edge] as const
  return { image, weight: [channels, channels, 3, 3] as const }
}

const normalised = ({ channels, edge }: SizesOf["groupNorm"]) => ({
  x: [1, channels, edge, edge],
  weight: [channels],
  bias: [channels],
})

/** Each subject as this library writes it. */
export const programs = {
  matmul: ({ m, n, k }: SizesOf["matmul"]) => described({ a: [m, k], b: [k, n] }, ({ a, b }) => matmul(a, b)),
  convolution: (sizes: SizesOf["convolution"]) => {
    const { image, weight } = convolutionShapes(sizes)
    return described({ x: image, w: weight }, ({ x, w }) => conv2d(x, w, { padding: 1 }))
  },
  convolutionInput: (sizes: SizesOf["convolution"]) => {
    const { image, weight } = convolutionShapes(sizes)
    return described({ cotangent: image, w: weight }, ({ cotangent, w }) => conv2dInput(cotangent, w, image, window))
  },
  convolutionWeight: (sizes: SizesOf["convolution"]) => {
    const { image } = convolutionShapes(sizes)
    return described({ x: image, cotangent: image }, ({ x, cotangent }) => conv2dWeight(x, cotangent, [3, 3], window))
  },
  layerNorm: ({ rows, width }: SizesOf["layerNorm"]) =>
    described({ x: [rows, width], weight: [width], bias: [width] }, ({ x, weight, bias }) =>
      layerNorm(x, { weight, bias }),
    ),
  layerNormFused: ({ rows, width }: SizesOf["layerNorm"]) =>
    described({ x: [rows, width], r: [rows, width], weight: [width], bias: [width] }, ({ x, r, weight, bias }) =>
      add(r, layerNorm(add(x, r), { weight, bias })),
    ),
  groupNorm: (sizes: SizesOf["groupNorm"]) =>
    described(normalised(sizes), ({ x, weight, bias }) => groupNorm(x, { groups: sizes.groups, weight, bias })),
  groupNormFused: (sizes: SizesOf["groupNorm"]) =>
    described({ ...normalised(sizes), r: normalised(sizes).x }, ({ x, r, weight, bias }) =>
      silu(groupNorm(add(x, r), { groups: sizes.groups, weight, bias })),
    ),
  softmax: ({ rows, width }: SizesOf["softmax"]) => described({ x: [rows, width] }, ({ x }) => softmax(x)),
  softmaxFused: ({ rows, width }: SizesOf["softmax"]) =>
    described({ x: [rows, width], bias: [width] }, ({ x, bias }) => softmax(add(mul(x, 0.125), bias))),
} satisfies { readonly [Name in keyof SizesOf]?: (sizes: SizesOf[Name]) => Described }

/** What this package measures on a device. */
export const offersOn = (device: Device): Offers =>
  Object.fromEntries(
    Object.entries(programs).map(([name, program]) => [name, async (sizes: never) => onDevice(device, program(sizes))]),
  )
