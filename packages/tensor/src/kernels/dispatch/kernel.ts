import type { DType } from "../../dtype/dtype.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { byteWidth } from "../../dtype/dtype.ts"
import type { Attributes, Op } from "../../op/op.ts"
import { sizeOf, type Shape } from "../../shape/shape.ts"
import type { Binding } from "../../codegen/binding.ts"
import { tensorError } from "../../error.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Choice } from "../way/choice.ts"

/** Memory that lives between two kernels of one step. */
export interface Scratch {
  readonly scratch: number
  readonly dtype: DType
  readonly size: number
}

/**
 * A stored tensor, or scratch memory that is written once, copied into a texture before the dispatch: `height` rows of
 * `width` texels, each of four f32 or, where `packed`, of eight f16.
 */
export interface Staged {
  readonly staged: Buffer
  readonly packed?: boolean
  readonly width: number
  readonly height: number
}

export type Buffer = Tensor | Scratch

export const isScratch = (buffer: Buffer): buffer is Scratch => "scratch" in buffer

/** u32 parameters that a dispatch may have. */
export const paramWords = 128

/** The same of a launch that several share: numbers that one's code has as parameters do not keep it from others. */
export const launchWords = 2 * paramWords

/** Bytes that so many parameters take in a buffer of them: offsets of uniforms must be multiples of 256. */
export const paramBytes = (words: number): number => Math.ceil(words / 64) * 256

/** One dispatch: a shader, its parameters and how many workgroups of it run. */
export interface Kernel {
  /** What it computes, for plans, profiles and errors. */
  readonly label: string
  readonly family: string
  readonly wgsl: string
  /** One entry per binding of the shader, in order. */
  readonly bindings: readonly { readonly buffer: Buffer; readonly binding: Binding }[]
  /** Operands read from textures, bound after buffers and parameters. */
  readonly textures: readonly Staged[]
  readonly params: readonly number[]
  readonly workgroups: number
  /** How it was chosen to compute, as data. */
  readonly choice: Choice
  /** What its way expects it to take by the cost model; 0 where it expects nothing but moving its bytes. */
  readonly expectedSeconds?: number
  /** Set where it computes item by item from a whole tensor of images as it is stored. */
  readonly items?: ImageItems
  /** Set where all it does is to finish a result that follows element by element from what the kernels before leave. */
  readonly finishes?: Unfinished
}

/** Items of work of a kernel: `each` of every channel of every image, number channel·images·each + image·each + i. */
export interface ImageItems {
  readonly images: number
  readonly channels: number
  readonly each: number
}

/** What kernels leave in scratch memory of a result, and the op that makes the result of it: sums in parts, or transformed planes. */
export interface Unfinished {
  readonly scratch: number
  readonly shape: Shape
  /** An inline op of one input. */
  readonly op: Op
  readonly attributes: Attributes
  /** What a choice that leaves this has among its entries. */
  readonly choice: Choice
  /** Elements that one of the result loads, about. */
  readonly loads: number
}

const bufferSize = (buffer: Buffer): number => (isScratch(buffer) ? buffer.size : sizeOf(buffer.shape))

/** Binds a tensor in as many windows as the adapter's largest binding asks for. */
export const bindingFor = (
  buffer: Buffer,
  name: string,
  access: Binding["access"],
  limits: Pick<KernelFacts, "bindingBytes">,
): Binding => {
  const width = byteWidth(buffer.dtype)
  const windowElements = Math.floor(limits.bindingBytes / 256) * (256 / width)
  return {
    name,
    dtype: buffer.dtype,
    windows: Math.max(1, Math.ceil(bufferSize(buffer) / windowElements)),
    windowElements,
    access,
  }
}

/** Workgroups as the grid [x, y]: one axis holds at most `perAxis`. */
export const gridOf = (workgroups: number, perAxis: number): readonly [number, number] => {
  const y = Math.ceil(workgroups / perAxis)
  if (y <= perAxis) return [Math.ceil(workgroups / y), y]
  throw tensorError({
    _tag: "LimitExceeded",
    op: "dispatch",
    limit: "maxComputeWorkgroupsPerDimension",
    rule: `${workgroups} workgroups exceed ${perAxis}²`,
    remedy: "split the batch",
  })
}
