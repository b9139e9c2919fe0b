import type { Tensor } from "../graph/tensor.ts"
import type { ImageItems, Kernel } from "../kernels/dispatch/kernel.ts"
import type { Spec } from "../shape/shape.ts"
import type { NamedOutput } from "./donation.ts"
import type { TextureExtent } from "./textureSlots.ts"

/** Where the memory of a value comes from. */
export type Storage =
  | { readonly kind: "input"; readonly path: string }
  | { readonly kind: "constant" }
  | { readonly kind: "output"; readonly path: string }
  | { readonly kind: "slot"; readonly slot: number }
  | { readonly kind: "donated"; readonly input: number }
  /** One number among those that are set to 0 before a run. */
  | { readonly kind: "peak"; readonly at: number }
  /** Computed from frozen inputs in the first run with them, and kept. */
  | { readonly kind: "prepared" }

export interface PlanValue {
  readonly id: number
  readonly spec: Spec
  readonly bytes: number
  readonly storage: Storage
  /** The numbers of a constant. */
  readonly data?: ArrayBufferView
}

/** A tensor staged in a texture; textures whose lifetimes do not overlap share a slot. */
export interface PlanTexture extends TextureExtent {
  readonly value: number
  readonly slot: number
}

/** One dispatch of a plan. */
export interface PlanStep {
  readonly label: string
  readonly family: string
  /** Which fusion group it computes, alone or with its neighbours of the same number. */
  readonly group: number
  readonly wgsl: string
  readonly bindings: readonly {
    readonly value: number
    readonly windows: number
    readonly windowElements: number
    readonly access: "read" | "write" | "update" | "peak"
    /** Whether it is one of several that store the value, each other elements of it. */
    readonly isPart?: boolean
    /** Whether what is read is bound as if it were written too. */
    readonly asWritten?: boolean
  }[]
  /** Textures the step reads, by position in the plan's list. */
  readonly textures: readonly number[]
  /** Which of them hold packed f16. */
  readonly packed: readonly boolean[]
  /** Copies from buffers into textures that come before the dispatch. */
  readonly stages: readonly { readonly from: number; readonly texture: number }[]
  readonly params: readonly number[]
  readonly grid: readonly [number, number]
  readonly choice: Kernel["choice"]
  readonly flops: number
  /** Bytes the step must read and write at least. */
  readonly bytes: number
  /** Set where it computes item by item from a whole tensor of images, its first binding. */
  readonly items?: ImageItems
  /** What its way expects it to take by the cost model; 0 where it expects nothing but moving its bytes. */
  readonly expectedSeconds: number
  /** Where the result was described in the user's program. */
  readonly at: string
  /** The steps that share its launch, side by side, where there are several. */
  readonly together?: readonly PlanStep[]
}

/** What a program will do, as data: known before the first dispatch. */
export interface Plan {
  readonly name: string
  readonly values: readonly PlanValue[]
  readonly steps: readonly PlanStep[]
  /** Dispatches before the first run with its frozen inputs, and before no later one. */
  readonly preparation: readonly PlanStep[]
  /** Copies after the last step: outputs that are inputs, or donations that could not be written in place. */
  readonly copies: readonly { readonly from: number; readonly to: number }[]
  readonly inputs: readonly {
    readonly path: string
    readonly value: number
    readonly donated: boolean
    readonly frozen: boolean
  }[]
  readonly outputs: readonly { readonly path: string; readonly value: number; readonly spec: Spec }[]
  readonly slotBytes: readonly number[]
  readonly textures: readonly PlanTexture[]
  readonly textureSlots: readonly TextureExtent[]
  readonly notes: readonly string[]
  readonly flops: number
  /** Predicted bytes of device buffers while the program runs. */
  readonly peakBytes: number
}

export interface Program {
  readonly name: string
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly NamedOutput[]
  /** Paths of the inputs whose buffers outputs may take over. */
  readonly donated: ReadonlySet<string>
  /** Paths of the inputs that are the same arrays in most runs. */
  readonly frozen?: ReadonlySet<string>
  /** Bytes within which what follows from frozen inputs is kept. Default: no bound. */
  readonly memory?: number
}

/** Bytes from one peak to the next: bindings begin at multiples of 256. */
export const peakBytes = 256

/** How many peaks the runs of a plan set to 0. */
export const peaksOf = ({ values }: Pick<Plan, "values">): number =>
  values.filter(({ storage }) => storage.kind === "peak").length
