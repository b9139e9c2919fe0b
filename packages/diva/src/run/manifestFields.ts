import { Schema } from "effect"

const Machine = Schema.Struct({
  vendor: Schema.String,
  architecture: Schema.String,
  description: Schema.String,
  isSoftware: Schema.Boolean,
})

const Program = Schema.Struct({
  name: Schema.String,
  sha256: Schema.String,
  choices: Schema.JsonObject,
})

const LaunchFields = Schema.Struct({
  started: Schema.String,
  ended: Schema.NullOr(Schema.String),
  outcome: Schema.Literals(["running", "finished", "interrupted", "failed"]),
  error: Schema.optionalKey(Schema.String),
  update: Schema.optionalKey(Schema.Int),
  commandLine: Schema.Array(Schema.String),
  machine: Machine,
  observers: Schema.optionalKey(
    Schema.Array(Schema.Struct({ name: Schema.String, every: Schema.NullOr(Schema.Number) })),
  ),
  programs: Schema.optionalKey(Schema.Array(Program)),
})

/** What programs read of a manifest; what it holds besides is for people. */
export const ManifestFields = Schema.Struct({
  row: Schema.optionalKey(
    Schema.Struct({ name: Schema.String, title: Schema.String, prior: Schema.optionalKey(Schema.String) }),
  ),
  settings: Schema.JsonObject,
  weights: Schema.Record(Schema.String, Schema.String),
  sources: Schema.optionalKey(
    Schema.Struct({ clip: Schema.optionalKey(Schema.String), sd: Schema.optionalKey(Schema.String) }),
  ),
  /** Data of other kinds than shards are described as their source describes them. */
  data: Schema.Struct({
    shards: Schema.optionalKey(Schema.Array(Schema.Struct({ bytes: Schema.Number, samples: Schema.Number }))),
  }),
  launches: Schema.Array(LaunchFields),
})
