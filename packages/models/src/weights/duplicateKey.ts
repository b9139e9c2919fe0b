/** Strings and punctuation of a valid JSON text; numbers and literals in between do not matter here. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g

/**
 * The first key that one object of a valid JSON text spells twice, or undefined. `JSON.parse` silently keeps the last
 * of two equal keys, so a file could show one tensor to one reader and another to the next.
 */
export const duplicateKey = (json: string): string | undefined => {
  const open: Set<string>[] = []
  let text = ""
  for (const [part] of json.matchAll(token)) {
    if (part === "{" || part === "[") open.push(new Set())
    else if (part === "}" || part === "]") open.pop()
    else if (part !== ":") text = part
    else {
      const key: string = JSON.parse(text)
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}
