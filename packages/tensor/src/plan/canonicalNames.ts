/** Numbers given to names within blocks: a name declared again in an inner block is another one there. */
const scopedNumbers = () => {
  const blocks: Map<string, number>[] = [new Map()]
  let count = 0
  const declare = (name: string): number => {
    blocks.at(-1)!.set(name, count)
    return count++
  }
  return {
    open: () => void blocks.push(new Map()),
    close: () => void blocks.pop(),
    declare,
    numberOf: (name: string): number => blocks.findLast((block) => block.has(name))?.get(name) ?? declare(name),
  }
}

const renumberValues = (wgsl: string): string => {
  const scope = scopedNumbers()
  return wgsl.replace(/[{}]|\b(let )?v(\d+)\b/g, (text, declares: string | undefined, number: string | undefined) => {
    if (text === "{") scope.open()
    else if (text === "}") scope.close()
    if (number === undefined) return text
    return declares === undefined ? `v${scope.numberOf(number)}` : `${declares}v${scope.declare(number)}`
  })
}

const renumberInputs = (wgsl: string): string => {
  const scope = scopedNumbers()
  return wgsl.replace(/(?<=\b(?:\w+_)?)in(\d+)(?=\b|_\d)/g, (_, number: string) => `in${scope.numberOf(number)}`)
}

/**
 * A shader with its bound inputs (`b_in3`, `load_in3`) and its values (`v17`) numbered in order of appearance. Numbers
 * are given while shaders are written, and skip what was left out in the end: shaders that differ in nothing else become one text,
 * so one pipeline.
 */
export const canonicalNames = (wgsl: string): string => renumberValues(renumberInputs(wgsl))
