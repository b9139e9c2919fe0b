import { type Shape, type Spec, isSpec, mapTree } from "@diva/tensor"
import type { SpecsOf, HostOf } from "../../gpu/machineArray.ts"
import type { InnerDraws } from "../../objective/draws.ts"
import { keyedDraws, type DrawKey } from "../../objective/keyedDraws.ts"
import type { Method } from "../../objective/method.ts"
import { words } from "./hostScalars.ts"

/** Where in a run a micro-batch stands. */
export interface DrawPlace {
  readonly rootKey: readonly [number, number]
  /** Number of the update, from 0. */
  readonly update: number
  /** Place in the update of the micro-batch's first sample. */
  readonly first: number
}

/** What a micro-step is given to draw from: a tree of tensors that only its source understands. */
export type DrawArguments = Readonly<Record<string, unknown>>

/** Where the random numbers of a run come from. */
export interface DrawSource {
  /** Its name in manifests. */
  readonly title: string
  /** What the micro-step is given at a place of the run. Shapes are the same everywhere. */
  readonly at: (place: DrawPlace) => HostOf<DrawArguments>
  /** The inner draws of `batch` samples, as expressions of what it is given. */
  readonly draws: (method: Method, given: DrawArguments, batch: number) => (latent: Shape) => readonly InnerDraws[]
}

const keyAt = ({ rootKey, update, first }: DrawPlace): HostOf<DrawKey> => ({
  root: words(...rootKey),
  update: words(update),
  first: words(first),
})

/** Random numbers that follow from the run's key: how runs draw. */
export const keyedSource: DrawSource = {
  title: "key",
  at: (place) => ({ ...keyAt(place) }),
  draws: (method, given, batch) => keyedDraws(method, given as unknown as DrawKey, batch),
}

/** Shapes of what a source gives. */
export const drawSpecs = ({ at }: DrawSource): SpecsOf<DrawArguments> =>
  mapTree(at({ rootKey: [0, 0], update: 0, first: 0 }), isSpec, ({ shape, dtype }): Spec => ({
    shape,
    dtype,
  })) as SpecsOf<DrawArguments>
