/** Second counter word of each use of a key, so that its numbers, its children and its folds never coincide. */
export const streams = { bits: 0, split: 1, foldIn: 2, fraction: 0x756e6966 } as const
