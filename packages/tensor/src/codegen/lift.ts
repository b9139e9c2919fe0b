/** Shader text whose shape-dependent numbers became parameters, so that programs of other shapes share its pipeline. */
export interface Lifted {
  readonly code: string
  /** Names of the added parameters, in order. */
  readonly names: readonly string[]
  /** Their values as u32 words; a lifted float is given by its bits. */
  readonly words: readonly number[]
}

const literals = /\b(0x[\da-f]+|\d+)u\b|(?<![\w.])(\d+(?:\.\d+)?(?:e[+-]?\d+)?)f\b/g

const floatBits = (value: number): number => new Uint32Array(new Float32Array([value]).buffer)[0]!

/** Decimal numbers this small are mostly structure, not shape; hexadecimal ones are data. */
const isStructural = (integer: string): boolean => !integer.startsWith("0x") && Number(integer) < 2

/**
 * Replaces up to `most` integer and float literals by parameters `l0, l1, …` in order of appearance, so that one pipeline, which takes
 * as long to compile as many dispatches take to run, serves all shapes. Divisions of large numbers keep their constants
 * where the code runs for many `elements`, since dividing them by a parameter is slow.
 */
export const liftLiterals = (code: string, elements: number, most: number): Lifted => {
  if (elements > 65_536 && code.includes("long_quotient(")) return { code, names: [], words: [] }
  const words: number[] = []
  const lifted = code.replace(literals, (text, integer: string | undefined, float: string | undefined) => {
    if (words.length >= most || (integer !== undefined && isStructural(integer))) return text
    words.push(integer === undefined ? floatBits(Number(float)) : Number(integer))
    const name = `params.l${words.length - 1}`
    return integer === undefined ? `bitcast<f32>(${name})` : name
  })
  return { code: lifted, names: words.map((_, i) => `l${i}`), words }
}
