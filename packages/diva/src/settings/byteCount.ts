const binary = { "": 0, k: 1, m: 2, g: 3, t: 4 } as const

const isPrefix = (text: string): text is keyof typeof binary => Object.hasOwn(binary, text)

const pattern = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b|)$/i

/**
 * A number of bytes as people write it: `8GiB`, `8G`, `8192MiB`, `8GB`, `8589934592`. One letter means the binary unit, as tools
 * for memory have it; `GB` is the decimal one. `null` for anything else, and for nothing.
 */
export const parseBytes = (text: string): number | null => {
  const [, digits = "", prefix = "", suffix = ""] = pattern.exec(text.trim()) ?? []
  const unit = prefix.toLowerCase()
  if (digits === "" || !isPrefix(unit)) return null
  const isDecimal = unit !== "" && suffix.toLowerCase() === "b"
  const bytes = Math.floor(Number(digits) * (isDecimal ? 1000 : 1024) ** binary[unit])
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null
}

/** What `parseBytes` takes, for errors. */
export const bytesWanted = "a number of bytes such as 8GiB, 8G or 8192MiB"
