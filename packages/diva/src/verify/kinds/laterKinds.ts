import type { LaterKind } from "../kind.ts"

/** Kinds of case that are known and come with later capabilities; they are reported, never passed. */
export const laterKinds: readonly LaterKind[] = [
  {
    name: "MMVP scores without a model",
    accepts: (document) => Object.hasOwn(document, "predictions") || Object.hasOwn(document, "scores_percent"),
    reason: "it names neither weights nor their configuration, so its scores cannot be computed",
  },
]
