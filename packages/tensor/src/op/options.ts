import { isView } from "../dtype/float16.ts"
import { raise } from "../error.ts"
import { isTensor } from "../graph/graph.ts"

/** What other libraries call some options. */
const elsewhere: Readonly<Record<string, string>> = {
  dim: "axis",
  dims: "axis",
  axes: "axis",
  keepdim: "keep",
  keepdims: "keep",
  keepDims: "keep",
  epsilon: "eps",
  gamma: "weight",
  beta: "bias",
  numGroups: "groups",
  num_groups: "groups",
  is_causal: "causal",
  attn_mask: "mask",
  strides: "stride",
  pad: "padding",
  start: "starts",
  end: "ends",
  step: "steps",
  stop: "ends",
  lr: "learningRate",
  weight_decay: "weightDecay",
  decay: "weightDecay",
  beta1: "betas",
  beta2: "betas",
}

/** Letters to change, add or leave out to make one word of another. */
const editsBetween = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries())
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (other === letter ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

const nearest = (name: string, known: readonly string[]): string | undefined => {
  const alias = elsewhere[name]
  if (alias !== undefined && known.includes(alias)) return alias
  return known
    .filter((other) => editsBetween(name, other) <= 2)
    .toSorted((a, b) => editsBetween(name, a) - editsBetween(name, b))[0]
}

const shown = (value: unknown): string => {
  if (isTensor(value)) return "a tensor"
  return Array.isArray(value) ? `an array of ${value.length}` : value === null ? "null" : String(value)
}

/** Whether a value can be options at all: a record, and neither numbers nor a tensor, array or spec. */
export const isOptions = (value: unknown): value is object =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !isView(value) &&
  !isTensor(value) &&
  !("dtype" in value)

/**
 * The options of a call, of which there are those in `known`. Throws `InvalidAttribute` for others, with the nearest name, and for
 * what is no object of options: a misspelt option that is ignored gives a wrong number without a word.
 */
export const optionsOf = <Options extends object>(
  op: string,
  options: Options,
  known: readonly (keyof Options & string)[],
): Options => {
  const list = known.join(", ")
  if (!isOptions(options))
    return raise({
      _tag: "InvalidAttribute",
      op,
      attribute: "options",
      rule: `options are given as an object { ${list} }, got ${shown(options)}`,
      remedy: `name the option: ${op}(x, { ${known[0]!}: … })`,
    })
  const other = Object.keys(options).find((name) => !(known as readonly string[]).includes(name))
  if (other === undefined) return options
  const meant = nearest(other, known)
  return raise({
    _tag: "InvalidAttribute",
    op,
    attribute: other,
    rule: `there is no option ${other}; there are ${list}`,
    remedy: meant === undefined ? "leave it out" : `did you mean ${meant}?`,
  })
}
