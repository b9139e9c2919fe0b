/** Three significant digits, in scientific notation where that is shorter to read: `1.4e-5`, `0.37`, `12.5`. */
export const showNumber = (value: number): string => {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return "0"
  const size = Math.abs(value)
  return size < 1e-3 || size >= 1e6 ? value.toExponential(1).replace("e+", "e") : String(Number(value.toPrecision(3)))
}

const binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB"]

/** Bytes in the largest binary unit that leaves a number above 1: `128 MiB`. */
export const showBytes = (bytes: number): string => {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), binaryUnits.length - 1)
  return `${Number((bytes / 1024 ** step).toPrecision(3))} ${binaryUnits[step]}`
}

/** A duration: `340 ms`, `12.4 s`, `3 min 05 s`, `2 h 10 min`. */
export const showSeconds = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return "unknown"
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`
}

/** A whole number with thin groups of three: `65,536`. */
export const showCount = (count: number): string => count.toLocaleString("en-US")
