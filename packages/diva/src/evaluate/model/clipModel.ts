import type { ClipConfig, ClipRow, ImagePreset, Tokenizer } from "@diva/models"
import type { NamedWeights } from "../../weights/weightArray.ts"
import type { Flavour } from "../rules/flavours.ts"

/** A CLIP that is to be scored, before its weights are read. */
export interface ClipModel {
  /** What results call it. */
  readonly name: string
  readonly config: ClipConfig
  /** The row of the model zoo it is, where it is one. */
  readonly row: ClipRow | undefined
  readonly flavour: Flavour
  readonly preset: ImagePreset
  readonly tokenizer: Tokenizer
  /** The whole CLIP under its own names. */
  readonly weights: NamedWeights
  /** What a reader should know about how it was opened, in words. */
  readonly remarks: readonly string[]
}
