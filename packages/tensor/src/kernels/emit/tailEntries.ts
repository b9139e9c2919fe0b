import type { Kernel } from "../dispatch/kernel.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"

/** What a tail binds when the operands of its anchor come from elsewhere: what its code reads, and the output. */
export interface TailEntries {
  readonly entries: Kernel["bindings"]
  /** Whether the output is written four elements at a time. */
  readonly vector: boolean
}

/** `wants`: whether the kernel has four neighbouring elements to store. */
export const tailEntries = (group: Group, bindings: GroupBindings, code: string, wants: boolean): TailEntries => {
  const entries = bindings.entries.filter(
    ({ binding }) => binding.access !== "read" || code.includes(`load_${binding.name}(`),
  )
  const output = entries.at(-1)!
  const { access, windows } = output.binding
  const vector = wants && access === "write" && windows === 1 && group.root.dtype === "f32"
  return vector
    ? { entries: [...entries.slice(0, -1), { ...output, binding: { ...output.binding, vector } }], vector }
    : { entries, vector }
}
