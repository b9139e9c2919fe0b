import type { HostArray, Tensor } from "@diva/tensor"
import { givenIndices, type InnerDraws } from "../objective/draws.ts"
import type { DrawArguments, DrawSource } from "../train/config/drawSource.ts"
import type { HostOf } from "../gpu/machineArray.ts"
import { arrayNamed } from "./caseArrays.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import type { CaseManifest } from "./caseFields.ts"

/** The random numbers of one inner draw as a case's files give them. */
interface GivenDraws {
  /** i32 [batch] */
  readonly timesteps: Tensor
  readonly noise: Tensor
  /** i32 [batch, count]; absent where the flavour draws no patches. */
  readonly patch_indices?: Tensor
}

const drawsAt = (draws: NamedArrays, step: number, micro: number, inner: number): HostOf<GivenDraws> => {
  const at = `step${step}.micro${micro}.inner${inner}`
  const indices: HostArray | undefined = draws.get(`patch_indices.${at}`)
  return {
    timesteps: arrayNamed(draws, `timesteps.${at}`),
    noise: arrayNamed(draws, `noise.${at}`),
    ...(indices === undefined ? {} : { patch_indices: indices }),
  }
}

const asInner = ({ timesteps, noise, patch_indices }: GivenDraws): InnerDraws => ({
  timesteps,
  noise,
  draw: givenIndices(patch_indices === undefined ? [] : [patch_indices]),
})

const names = ({ trainer: { train_steps: count } }: CaseManifest): readonly string[] =>
  Array.from({ length: count }, (_, inner) => `inner${inner}`)

/** The inner draws that a micro-step was given, in order. */
export const givenDraws = (manifest: CaseManifest, given: DrawArguments): readonly InnerDraws[] =>
  names(manifest).map((name) => asInner(given[name] as GivenDraws))

/** Gives a run the draws of a case's files. Throws `CaseUnusable` for one that they lack. */
export const caseDraws = (manifest: CaseManifest, draws: NamedArrays): DrawSource => ({
  title: "the case's own",
  at: ({ update, first }) => {
    const micro = first / manifest.trainer.batch_size
    return Object.fromEntries(names(manifest).map((name, inner) => [name, drawsAt(draws, update, micro, inner)]))
  },
  draws: (_method, given) => () => givenDraws(manifest, given),
})
