import { isSpec } from "../../graph/like.ts"
import { showSpec, type Spec } from "../../shape/shape.ts"
import { leavesOf } from "../../graph/tree.ts"

/** What a program is compiled for: the paths of its arguments' leaves, with their shapes and element types. */
export interface Form {
  readonly key: string
  readonly specs: ReadonlyMap<string, Spec>
}

/** The form of a tree of arrays or specs. */
export const formOf = (tree: unknown): Form => {
  const specs = new Map(
    leavesOf(tree, isSpec, "jit").map(({ path, leaf: { shape, dtype } }) => [path, { shape, dtype }] as const),
  )
  return { key: [...specs].map(([path, spec]) => `${path}:${showSpec(spec)}`).join("; "), specs }
}

const shown = 3

const called = (path: string): string => (path === "" ? "the argument" : path)

const changed = (path: string, now: Spec | undefined, before: Spec | undefined): string => {
  if (now === undefined) return `${called(path)} is gone`
  return before === undefined
    ? `${called(path)} is new, ${showSpec(now)}`
    : `${called(path)} is ${showSpec(now)}, compiled for ${showSpec(before)}`
}

const same = (a: Spec | undefined, b: Spec | undefined): boolean =>
  a !== undefined && b !== undefined && showSpec(a) === showSpec(b)

/** In how many leaves `form` differs from `other`, and how, in words. */
export const formDifference = (form: Form, other: Form): { readonly length: number; readonly text: string } => {
  const paths = [...new Set([...form.specs.keys(), ...other.specs.keys()])]
  const differing = paths.filter((path) => !same(form.specs.get(path), other.specs.get(path)))
  const texts = differing.map((path) => changed(path, form.specs.get(path), other.specs.get(path)))
  const more = texts.length > shown ? ` and ${texts.length - shown} more` : ""
  return {
    length: texts.length,
    text: texts.length === 0 ? "its leaves come in another order" : `${texts.slice(0, shown).join("; ")}${more}`,
  }
}
