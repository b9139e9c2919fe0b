import { attentionKeysPortable, attentionPortable, attentionQueriesPortable } from "./registers.ts"
import { attentionKeysStaged, attentionQueriesStaged, attentionStaged } from "./textures.ts"
import type { Family } from "../families.ts"

/** Attention by streaming softmax, as fast as the adapter, the layout and the size allow. */
export const attentionKernel: Family = (group, limits, inPlace) =>
  attentionStaged(group, limits, inPlace) ?? attentionPortable(group, limits, inPlace)

/** Its gradient in the queries. */
export const attentionQueriesKernel: Family = (group, limits, inPlace) =>
  attentionQueriesStaged(group, limits, inPlace) ?? attentionQueriesPortable(group, limits, inPlace)

/** Its gradients in keys and values. */
export const attentionKeysKernel: Family = (group, limits, inPlace) =>
  attentionKeysStaged(group, limits, inPlace) ?? attentionKeysPortable(group, limits, inPlace)
