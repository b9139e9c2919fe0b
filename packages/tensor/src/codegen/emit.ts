import type { Wgsl } from "./expression.ts"
import type { Index } from "./indexing.ts"

/** What an inline op may do while its expression is written into a shader. */
export interface Emit {
  /** WGSL expression of the element of input `input` at `index` (one coordinate per axis of that input). */
  readonly read: (input: number, index: readonly Index[]) => Wgsl
  /** WGSL u32 expression of an index. */
  readonly text: (index: Index) => Wgsl
  /** Names a u32 expression whose values lie in [0, extent), so that it can be indexed with. */
  readonly bind: (expression: Wgsl, extent: number) => Index
  /** Names any expression of the given WGSL type. */
  readonly name: (type: string, expression: Wgsl) => Wgsl
  /** Splits a row-major position into coordinates. */
  readonly split: (position: Index, shape: readonly number[]) => readonly Index[]
}
