import type { Binding } from "./shader.ts"

/**
 * The largest magnitude of what a kernel stores, kept by the kernel itself: bits of a magnitude grow with it, so the largest is
 * an integer maximum, which comes out the same in whatever order invocations tell theirs. NaN counts as larger than all numbers.
 */
const tracked = (bindings: readonly Binding[]): readonly (Binding & { readonly peak: string })[] =>
  bindings.filter((binding): binding is Binding & { readonly peak: string } => binding.peak !== undefined)

const bySubgroups = (bindings: readonly Binding[], name: string): boolean =>
  bindings.find((binding) => binding.name === name)?.subgroups === true

/** Statement at the begin of a store function that takes note of `v`. */
export const noteMagnitude = (name: string, isVector: boolean): string =>
  isVector
    ? `let m_${name} = bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu); largest_${name} = max(largest_${name}, max(max(m_${name}.x, m_${name}.y), max(m_${name}.z, m_${name}.w))); `
    : `largest_${name} = max(largest_${name}, bitcast<u32>(v) & 0x7fffffffu); `

/** What each invocation has stored so far. */
export const peakDeclarations = (bindings: readonly Binding[]): readonly string[] =>
  tracked(bindings).map(({ name }) => `var<private> largest_${name}: u32 = 0u;`)

export const peakDirectives = (bindings: readonly Binding[], directives: readonly string[]): readonly string[] =>
  tracked(bindings).some(({ peak }) => bySubgroups(bindings, peak)) && !directives.includes("enable subgroups;")
    ? ["enable subgroups;"]
    : []

/** Statements that tell `largest`, an invocation's own, to the peak of a name. */
export const keepText = (largest: string, peak: string, subgroups: boolean): string =>
  subgroups
    ? `let all_${peak} = subgroupMax(${largest}); if (subgroupElect() && all_${peak} > atomicLoad(&b_${peak}[0])) { atomicMax(&b_${peak}[0], all_${peak}); }`
    : `if (${largest} > atomicLoad(&b_${peak}[0])) { atomicMax(&b_${peak}[0], ${largest}); }`

/** Statements after a kernel's work. Most invocations see that others have told of more, and leave the memory alone. */
export const keepPeaks = (bindings: readonly Binding[]): readonly string[] =>
  tracked(bindings).map(({ name, peak }) => keepText(`largest_${name}`, peak, bySubgroups(bindings, peak)))
