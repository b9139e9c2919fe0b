/** Gives whatever it is asked for a number, from 0 in order of asking. */
const numbering = (): ((name: string) => number) => {
  const numbers = new Map<string, number>()
  return (name) => {
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    return number
  }
}

/**
 * A shader with its bound inputs (`b_in3`, `load_in3`) and its values (`v17`) numbered in order of appearance. Numbers
 * are given while shaders are written, and skip what was left out in the end: shaders that differ in nothing else become one text,
 * so one pipeline.
 */
export const canonicalNames = (wgsl: string): string => {
  const [inputs, values] = [numbering(), numbering()]
  return wgsl
    .replace(/(?<=\b(?:\w+_)?)in(\d+)(?=\b|_\d)/g, (_, number: string) => `in${inputs(number)}`)
    .replace(/\bv(\d+)\b/g, (_, number: string) => `v${values(number)}`)
}
