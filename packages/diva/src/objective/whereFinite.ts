import { applyOp, isTensor, leavesOf, mapTree, select, withPrecisionOf, type Op, type Tensor } from "@diva/tensor"

/** The same expressions reading `now` in place of the tensors it names; what does not read them is left as it is. */
const reading = (now: ReadonlyMap<Tensor, Tensor>): ((tensor: Tensor) => Tensor) => {
  // Tensors are numbered as they are described: an older one reads none of these.
  const oldest = Math.min(...[...now.keys()].map(({ id }) => id))
  const known = new Map(now)
  const described = (tensor: Tensor): Tensor => {
    const found = known.get(tensor)
    if (found !== undefined || tensor.id < oldest) return found ?? tensor
    const inputs = tensor.inputs.map(described)
    const isSame = inputs.every((input, i) => input === tensor.inputs[i])
    const anew = isSame
      ? tensor
      : withPrecisionOf(tensor, () => applyOp(tensor.op as unknown as Op, inputs, tensor.attributes))
    known.set(tensor, anew)
    return anew
  }
  return described
}

/** Parameters and an optimizer's state, before an update or after it. */
export interface Moved<Params, State> {
  readonly params: Params
  readonly state: State
}

const itself = (leaf: Tensor): Tensor => leaf

/**
 * `after` where `finite` (bool[]), else `before`, untouched. Parameters are computed from the state as it is chosen, not as the optimizer
 * gave it: where all is finite that is the same number, and each state is written once, in place of the one before.
 */
export const whereFinite = <Params, State>(
  finite: Tensor,
  after: Moved<Params, State>,
  before: Moved<Params, State>,
): Moved<Params, State> => {
  const chosen = new Map<Tensor, Tensor>()
  const choose = <T>(tree: T, held: T, as: (leaf: Tensor) => Tensor): T => {
    const old = new Map(leavesOf(held, isTensor).map(({ path, leaf }) => [path, leaf]))
    return mapTree(tree, isTensor, (leaf, path) => select(finite, as(leaf), old.get(path)!)) as T
  }
  const state = choose(after.state, before.state, itself)
  const now = new Map(leavesOf(state, isTensor).map(({ path, leaf }) => [path, leaf]))
  for (const { path, leaf } of leavesOf(after.state, isTensor)) chosen.set(leaf, now.get(path)!)
  return { state, params: choose(after.params, before.params, chosen.size === 0 ? itself : reading(chosen)) }
}
