import {
  type ConfigInvalid,
  readObject,
  defaultCache,
  flavourNames,
  openClipModel,
  rowNames,
  type ClipModel,
  type FeaturesOptions,
  type OpenClipModel,
  type OpenModelError,
} from "@diva/diva"
import { Effect, Option, type Scope } from "effect"
import { Argument, Flag } from "effect/cli"
import { atLeast } from "../../flags/flags.ts"

/** The weights that a command scores. */
export const weightsArgument = (
  name = "weights",
  says = "CLIP weights in any container, a run's folder, or one of its checkpoints",
) => Argument.Path(name).pipe(Argument.withDescription(says))

/** Flags that say which model a file of weights is. */
export const modelFlags = {
  row: Flag.Literals("row", rowNames).pipe(
    Flag.withDescription(
      "The published model the weights belong to; inferred from names and shapes where only one fits",
    ),
    Flag.optional,
  ),
  clipConfig: Flag.String("clip-config").pipe(
    Flag.withDescription("JSON file with openai/CLIP's constructor arguments or OpenCLIP's configuration"),
    Flag.optional,
  ),
  flavour: Flag.Literals("flavour", flavourNames).pipe(
    Flag.withDescription("The flavour whose scoring rule is used; the row's by default"),
    Flag.optional,
  ),
  fit: Flag.Literals("fit", ["crop", "squash"]).pipe(
    Flag.withDescription(
      "How pictures become square; as the method's evaluation does it by default: SigLIP's squashed, others cropped",
    ),
    Flag.optional,
  ),
  base: Flag.String("base").pipe(
    Flag.withDescription(
      "The whole CLIP, for weights that hold only an image tower (by default the one the run started from)",
    ),
    Flag.optional,
  ),
  tokenizer: Flag.String("tokenizer").pipe(
    Flag.withDescription("Folder of the tokenizer's files; SigLIP's must be beside the weights or here"),
    Flag.optional,
  ),
} as const

/** Flags that say how features are computed and kept. */
export const featureFlags = {
  batch: atLeast("batch", "Images in a batch", 1, 32),
  cache: Flag.String("cache").pipe(
    Flag.withDescription("Folder that keeps features by content, so that scoring again takes seconds"),
    Flag.withDefault(defaultCache()),
  ),
  noCache: Flag.Boolean("no-cache").pipe(Flag.withDescription("Keep no features"), Flag.withDefault(false)),
} as const

interface ModelInput {
  readonly row: Option.Option<NonNullable<OpenClipModel["row"]>>
  readonly clipConfig: Option.Option<string>
  readonly flavour: Option.Option<NonNullable<OpenClipModel["flavour"]>>
  readonly fit: Option.Option<NonNullable<OpenClipModel["fit"]>>
  readonly base: Option.Option<string>
  readonly tokenizer: Option.Option<string>
}

/** Why the model that arguments and flags name cannot be opened. */
export type ModelInputError = OpenModelError | ConfigInvalid

/** Opens the model that arguments and flags name. */
export const modelOf = Effect.fnUntraced(function* (
  path: string,
  { row, clipConfig, flavour, fit, base, tokenizer }: ModelInput,
): Effect.fn.Return<ClipModel, ModelInputError, Scope.Scope> {
  const config = Option.isSome(clipConfig) ? yield* readObject(clipConfig.value) : undefined
  return yield* openClipModel({
    path,
    row: Option.getOrUndefined(row),
    flavour: Option.getOrUndefined(flavour),
    fit: Option.getOrUndefined(fit),
    base: Option.getOrUndefined(base),
    tokenizer: Option.getOrUndefined(tokenizer),
    ...(config === undefined ? {} : { config }),
  })
})

interface FeatureInput {
  readonly batch: number
  readonly cache: string
  readonly noCache: boolean
}

export const featuresOf = ({ batch, cache, noCache }: FeatureInput): FeaturesOptions => ({
  batch,
  cache: noCache ? undefined : cache,
})
