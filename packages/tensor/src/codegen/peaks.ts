import type { Binding } from "./binding.ts"

/**
 * The largest magnitude of what a kernel stores, kept by the kernel itself: bits of a magnitude grow with it, so the largest is
 * an integer maximum, which comes out the same in whatever order invocations tell theirs. What is not finite does not count.
 */
const tracked = (bindings: readonly Binding[]): readonly (Binding & { readonly peak: string })[] =>
  bindings.filter((binding): binding is Binding & { readonly peak: string } => binding.peak !== undefined)

const bySubgroups = (bindings: readonly Binding[], name: string): boolean =>
  bindings.find((binding) => binding.name === name)?.subgroups === true

/** WGSL `finite_bits` and `finite_bits4`: bits of magnitudes, 0 of what is not finite. A scale made for ∞ would leave nothing of all else. */
export const finiteBitsFunctions = `fn finite_bits(x: f32) -> u32 {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  return select(0u, bits, bits < 0x7f800000u);
}
fn finite_bits4(x: vec4<f32>) -> vec4<u32> {
  let bits = bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu);
  return select(vec4<u32>(), bits, bits < vec4<u32>(0x7f800000u));
}`

/** Statement at the begin of a store function that takes note of `v`. */
export const noteMagnitude = (name: string, isVector: boolean): string =>
  isVector
    ? `let m_${name} = finite_bits4(v); largest_${name} = max(largest_${name}, max(max(m_${name}.x, m_${name}.y), max(m_${name}.z, m_${name}.w))); `
    : `largest_${name} = max(largest_${name}, finite_bits(v)); `

/** What each invocation has stored so far. */
export const peakDeclarations = (bindings: readonly Binding[]): readonly string[] => {
  const names = tracked(bindings).map(({ name }) => `var<private> largest_${name}: u32 = 0u;`)
  return names.length === 0 ? [] : [...names, finiteBitsFunctions]
}

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
