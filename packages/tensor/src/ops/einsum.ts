import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { matmul } from "./contract.ts"
import { permute } from "./permute.ts"
import { reshape } from "./reshape.ts"
import { sum } from "./sum.ts"
import { sizeOf } from "../shape/shape.ts"

/** A tensor whose axes have letters. */
interface Lettered {
  readonly letters: string
  readonly tensor: Tensor
}

const fail = (equation: string, rule: string): never =>
  raise({
    _tag: "InvalidAttribute",
    op: "einsum",
    attribute: "equation",
    rule: `"${equation}": ${rule}`,
    remedy: 'write one letter per axis, such as einsum("bik,bkj->bij", a, b)',
  })

const extentOf = ({ letters, tensor }: Lettered, letter: string): number => tensor.shape[letters.indexOf(letter)]!

const arrange = ({ letters, tensor }: Lettered, order: string): Tensor =>
  letters === order
    ? tensor
    : permute(
        tensor,
        [...order].map((letter) => letters.indexOf(letter)),
      )

const keepOnly = (operand: Lettered, wanted: (letter: string) => boolean): Lettered => {
  const axis = [...operand.letters].flatMap((letter, i) => (wanted(letter) ? [] : [i]))
  if (axis.length === 0) return operand
  return { letters: [...operand.letters].filter(wanted).join(""), tensor: sum(operand.tensor, { axis }) }
}

// Letters as batch, rows of a, columns of b, and contracted: every product of two lettered tensors is one contraction.
const product = (a: Lettered, b: Lettered, later: (letter: string) => boolean): Lettered => {
  const left = keepOnly(a, (letter) => b.letters.includes(letter) || later(letter))
  const right = keepOnly(b, (letter) => a.letters.includes(letter) || later(letter))
  const shared = [...left.letters].filter((letter) => right.letters.includes(letter))
  const batch = shared.filter(later).join("")
  const inner = shared.filter((letter) => !later(letter)).join("")
  const rows = [...left.letters].filter((letter) => !right.letters.includes(letter)).join("")
  const columns = [...right.letters].filter((letter) => !left.letters.includes(letter)).join("")
  const extents = (operand: Lettered, letters: string) => [...letters].map((letter) => extentOf(operand, letter))
  const [n, m, k, p] = [extents(left, batch), extents(left, rows), extents(left, inner), extents(right, columns)]
  const first = reshape(arrange(left, batch + rows + inner), [...n, sizeOf(m), sizeOf(k)])
  const second = reshape(arrange(right, batch + inner + columns), [...n, sizeOf(k), sizeOf(p)])
  return { letters: batch + rows + columns, tensor: reshape(matmul(first, second), [...n, ...m, ...p]) }
}

const parse = (equation: string, tensors: readonly Tensor[]): readonly [readonly Lettered[], string] => {
  const [inputs, output, ...rest] = equation.replaceAll(" ", "").split("->")
  if (inputs === undefined || output === undefined || rest.length > 0) return fail(equation, "needs one ->")
  const names = inputs.split(",")
  if (names.length !== tensors.length) return fail(equation, `names ${names.length} operands, got ${tensors.length}`)
  for (const [i, letters] of names.entries())
    if (letters.length !== tensors[i]!.shape.length)
      fail(equation, `"${letters}" must name ${tensors[i]!.shape.length} axes`)
  for (const letters of [...names, output])
    if (new Set(letters).size !== letters.length) fail(equation, `"${letters}" names a letter twice`)
  return [names.map((letters, i) => ({ letters, tensor: tensors[i]! })), output]
}

const checkExtents = (equation: string, operands: readonly Lettered[], output: string): void => {
  const extents = new Map<string, number>()
  for (const operand of operands)
    for (const letter of operand.letters) {
      const extent = extentOf(operand, letter)
      if ((extents.get(letter) ?? extent) !== extent)
        fail(equation, `${letter} is both ${extents.get(letter)} and ${extent}`)
      extents.set(letter, extent)
    }
  for (const letter of output) if (!extents.has(letter)) fail(equation, `${letter} of the result occurs in no operand`)
}

/**
 * Sums of products by letters: a letter absent from the result is summed over. `einsum("bqd,bkd->bqk", q, k)`. Operands are
 * multiplied from left to right, each product one contraction. Throws `InvalidAttribute` for repeated letters or extents
 * that disagree.
 */
export const einsum = (equation: string, ...tensors: readonly Tensor[]): Tensor => {
  const [operands, output] = parse(equation, tensors)
  checkExtents(equation, operands, output)
  const joined = operands.reduce((held, next, i) =>
    product(
      held,
      next,
      (letter) => output.includes(letter) || operands.slice(i + 1).some(({ letters }) => letters.includes(letter)),
    ),
  )
  return arrange(
    keepOnly(joined, (letter) => output.includes(letter)),
    output,
  )
}
