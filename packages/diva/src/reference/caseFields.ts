import { Data, Effect, Schema } from "effect"

/** A manifest of a DIVA case that lacks something, or a case of a flavour this version does not compute. */
export class CaseUnusable extends Data.TaggedError("CaseUnusable")<{
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

const Trainer = Schema.Struct({
  max_steps: Schema.Int,
  gradient_accumulation_steps: Schema.Int,
  batch_size: Schema.Int,
  learning_rate: Schema.Finite,
  warmup_steps: Schema.Int,
  max_grad_norm: Schema.Finite,
  train_steps: Schema.Int,
})

const CaseManifest = Schema.Struct({
  flavour: Schema.String,
  clip_config: Schema.JsonObject,
  unet_config: Schema.JsonObject,
  vae_config: Schema.JsonObject,
  text_config: Schema.JsonObject,
  sd_text_ids: Schema.Array(Schema.Int),
  trainer: Trainer,
})

/** The part of a case's `manifest.json` that says how to compute it. Other fields (expected values, tolerances) are the caller's. */
export type CaseManifest = typeof CaseManifest.Type

/** Reads a case's manifest. Errors: `CaseUnusable`. */
export const parseCaseManifest = (document: unknown): Effect.Effect<CaseManifest, CaseUnusable> =>
  Schema.decodeUnknownEffect(CaseManifest)(document).pipe(
    Effect.mapError(
      (issue) =>
        new CaseUnusable({
          rule: `the manifest is not that of a DIVA case: ${issue.message}`,
          remedy: "restore the file from its source",
        }),
    ),
  )
