/*
 * The same ops, with shapes in their types: `matmul` of [32, 784] and [768, 10] is an error in the editor, which names both. What the
 * compiler cannot know (extents read from a file, products of extents) is `number`, and a tensor from elsewhere is taken as it is: then
 * the check is the one every op makes when the program is described. At run time nothing is added.
 */
export type { Broadcast } from "./broadcast.ts"
export type { Product } from "./matmul.ts"
export type { Rearranged } from "./rearranged.ts"
export type { Reduced } from "./reduce.ts"
export type { Shaped } from "./shape.ts"
export * from "./ops.ts"
export { shaped } from "./shaped.ts"
