import type { Wgsl } from "./expression.ts"

const word = /[A-Za-z_]\w*/g

const wordsOf = (text: string): readonly string[] => text.match(word) ?? []

const nameOf = (line: string): string => /^let (\w+)/.exec(line)?.[1] ?? ""

/** The declarations among `lines` that `results` need, directly or through others. */
export const prune = (lines: readonly string[], results: readonly Wgsl[]): readonly string[] => {
  const needed = new Set(results.flatMap(({ text }) => wordsOf(text)))
  const kept: string[] = []
  for (const line of lines.toReversed()) {
    if (!needed.has(nameOf(line))) continue
    kept.push(line)
    for (const name of wordsOf(line)) needed.add(name)
  }
  return kept.toReversed()
}

/** Declarations that stay the same while `variable` changes, and those that do not. Compilers move no loads out of loops. */
export const hoist = (
  lines: readonly string[],
  variable: string,
): { readonly fixed: readonly string[]; readonly varying: readonly string[] } => {
  const changing = new Set([variable])
  const varies = (line: string): boolean => {
    const does = wordsOf(line).some((name) => changing.has(name))
    if (does) changing.add(nameOf(line))
    return does
  }
  const varying = lines.filter(varies)
  return { fixed: lines.filter((line) => !varying.includes(line)), varying }
}
