import type { Effect, Scope } from "effect"
import type { HostArray, Tensor, TensorError } from "@diva/tensor"
import type { FileError, ImagePreset, Tokenizer, WeightsError } from "@diva/models"
import type { Gpu } from "../../gpu/gpu.ts"
import type { MachineArray } from "../../gpu/machineArray.ts"
import type { ScoringRule, Temperature } from "../rules/scoringRule.ts"

export type TowerError = TensorError | WeightsError | FileError

/** A batch of pictures on its way to the tower. `pixels`: as the tower's `pixelFormat` packs them. */
export interface ImageBatch {
  readonly pixels: HostArray
  /** f32 [batch, draws, patches] for rules that draw. */
  readonly shares?: HostArray
}

/** Sends batches of one size to the machine; what comes back must be read before the batch after the next is sent. */
export type Send<A> = (batch: A) => Effect.Effect<{ readonly vectors: MachineArray }, TowerError>

/** What a program that describes pixels takes. */
export interface PixelArguments {
  readonly pixels: Tensor
  readonly shares?: Tensor
}

/** Two towers that describe images and texts by vectors that can be compared. */
export interface Tower {
  /** Content hash of what the image tower computes with; undefined where it changes, so that nothing may be kept. */
  readonly imageHash: string | undefined
  readonly textHash: string | undefined
  readonly preset: ImagePreset
  /** Patches of an image, of which rules may draw. */
  readonly patches: number
  /** Numbers in a vector. */
  readonly width: number
  readonly temperature: Temperature
  readonly tokenizer: Tokenizer
  /** Compiles the image tower under a rule for batches of this size, each image with so many vectors. */
  readonly openImages: (
    rule: ScoringRule,
    batch: number,
    draws: number,
  ) => Effect.Effect<Send<ImageBatch>, TowerError, Gpu | Scope.Scope>
  /** Compiles the text tower for batches of ids, i32 [batch, context]. */
  readonly openTexts: (batch: number) => Effect.Effect<Send<HostArray>, TowerError, Gpu | Scope.Scope>
}
