import { Context, Effect, Layer, Ref } from "effect"

/** What an evaluation tells while it works. Times are seconds. */
export type EvaluationEvent =
  | {
      readonly _tag: "described"
      readonly what: "images" | "texts"
      readonly done: number
      readonly total: number
      /** How many of them were found in the cache. */
      readonly cached: number
      readonly skipped: number
      /** Time with work on the adapter, and time in all. */
      readonly adapterSeconds: number
      readonly seconds: number
      /** Whether this is the last event of these images or texts. */
      readonly isLast: boolean
    }
  | { readonly _tag: "skipped"; readonly name: string; readonly rule: string }
  | { readonly _tag: "opened"; readonly name: string; readonly remark: string }
  | { readonly _tag: "scored"; readonly name: string; readonly seconds: number }

/** The stream of events of evaluations. */
export class EvaluationEvents extends Context.Service<
  EvaluationEvents,
  { readonly publish: (event: EvaluationEvent) => Effect.Effect<void> }
>()("diva/evaluate/EvaluationEvents") {
  static readonly layerOf = (publish: (event: EvaluationEvent) => Effect.Effect<void>) =>
    Layer.succeed(EvaluationEvents, EvaluationEvents.of({ publish }))
  /** Publishes through what an effect makes, such as your own service. */
  static readonly layerVia = <R>(make: Effect.Effect<(event: EvaluationEvent) => Effect.Effect<void>, never, R>) =>
    Layer.effect(
      EvaluationEvents,
      Effect.map(make, (publish) => EvaluationEvents.of({ publish })),
    )
  static readonly layerSilent = EvaluationEvents.layerOf(() => Effect.void)
  /** Appends every event to `record`. */
  static readonly layerRecorded = (record: Ref.Ref<readonly EvaluationEvent[]>) =>
    EvaluationEvents.layerOf((event) => Ref.update(record, (events) => [...events, event]))
}
