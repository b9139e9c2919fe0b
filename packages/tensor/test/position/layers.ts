// A model in three levels of functions, as users' own files have them: where the innermost is wrong is a line of this file.
import { gelu, linear, zeros, type Tensor } from "../../src/index.ts"

interface Block {
  readonly w: Tensor
}
interface Params {
  readonly blocks: readonly Block[]
  readonly head: { readonly w: Tensor }
}

const block = (p: Block, x: Tensor): Tensor => {
  const hidden = linear(x, p.w)
  return gelu(hidden)
}

const tower = (blocks: readonly Block[], x: Tensor): Tensor => blocks.reduce((held, each) => block(each, held), x)

export const model = (p: Params, x: Tensor): Tensor => linear(tower(p.blocks, x), p.head.w)

/** Blocks that fit, but for one of them. */
export const parameters = (depth: number, wrong: number): Params => ({
  blocks: Array.from({ length: depth }, (_, i) => ({ w: zeros([4, i === wrong ? 5 : 4]) })),
  head: { w: zeros([2, 4]) },
})
