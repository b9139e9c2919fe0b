import type { Family } from "./family.ts"
import { attentionKeysPortable, attentionPortable, attentionQueriesPortable } from "./attentionPortable.ts"

/** Attention by streaming softmax. */
export const attentionKernel: Family = (group, limits, inPlace) => attentionPortable(group, limits, inPlace)

export const attentionQueriesKernel: Family = (group, limits, inPlace) =>
  attentionQueriesPortable(group, limits, inPlace)

export const attentionKeysKernel: Family = (group, limits, inPlace) => attentionKeysPortable(group, limits, inPlace)
