/** A value that needs memory from the step that writes it to the last step that reads it, both included. */
export interface Lifetime {
  readonly id: number
  readonly bytes: number
  readonly first: number
  readonly last: number
}

export interface SlotAssignment {
  /** Slot of each value, by value id. */
  readonly slotOf: ReadonlyMap<number, number>
  /** Size of each slot: that of its largest value. */
  readonly slotBytes: readonly number[]
}

const overlaps = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last

/**
 * Gives values whose lifetimes do not overlap the same memory: largest first, each into the first slot that is free for
 * its whole lifetime. Slots never grow, since values come in falling size.
 */
export const assignSlots = (lifetimes: readonly Lifetime[]): SlotAssignment => {
  const slotOf = new Map<number, number>()
  const slots: { readonly bytes: number; readonly held: Lifetime[] }[] = []
  for (const value of lifetimes.toSorted((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const free = slots.findIndex(({ held }) => !held.some((other) => overlaps(other, value)))
    if (free >= 0) slots[free]!.held.push(value)
    else slots.push({ bytes: value.bytes, held: [value] })
    slotOf.set(value.id, free >= 0 ? free : slots.length - 1)
  }
  return { slotOf, slotBytes: slots.map(({ bytes }) => bytes) }
}
