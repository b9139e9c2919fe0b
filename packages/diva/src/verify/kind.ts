import type { TensorError } from "@diva/tensor"
import type { ImageError, ModelError, TokenizeError, WeightsError } from "@diva/models"
import type { Effect } from "effect"
import type { DataSetInvalid } from "../evaluate/mmvp/mmvpFolder.ts"
import type { QuestionsInvalid } from "../evaluate/mmvp/questions.ts"
import type { Gpu } from "../gpu/gpu.ts"
import type { CaseUnusable } from "../reference/caseFields.ts"
import type { TrainError } from "../train/trainError.ts"
import type { CaseInvalid } from "./caseError.ts"
import type { Document, FoundCase } from "./findCases.ts"
import type { GroupResult } from "./group.ts"

/** A case whose document has been read. */
export interface ReadableCase extends FoundCase {
  readonly document: Document
}

export type CaseError =
  | CaseInvalid
  | CaseUnusable
  | TrainError
  | DataSetInvalid
  | QuestionsInvalid
  | WeightsError
  | ModelError
  | TensorError
  | ImageError
  | TokenizeError

interface Recognised {
  /** In words, for reports: "OpenAI CLIP". */
  readonly name: string
  /** Tells the kind by what the document says, never by the name of a folder. */
  readonly accepts: (document: Document) => boolean
}

/** A kind of case this version computes and compares. */
export interface SupportedKind extends Recognised {
  /** Whether a model computes it, in contractions and convolutions: less exact ones change it. */
  readonly multiplies?: boolean
  readonly run: (found: ReadableCase) => Effect.Effect<readonly GroupResult[], CaseError, Gpu>
}

/** A kind of case this version knows of and cannot compute. */
export interface LaterKind extends Recognised {
  readonly reason: string
}

export type Kind = SupportedKind | LaterKind
