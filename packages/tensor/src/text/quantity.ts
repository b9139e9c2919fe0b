const three = (value: number): string => String(Number(value.toPrecision(3)))

const scaled = (value: number, base: number, units: readonly string[]): string => {
  const size = Math.abs(value)
  const step = size < 1 ? 0 : Math.min(Math.floor(Math.log2(size) / Math.log2(base) + 1e-9), units.length - 1)
  return `${three(value / base ** step)} ${units[step]}`
}

/** Bytes in the largest binary unit that leaves a number above 1: `128 MiB`. */
export const showBytes = (bytes: number): string => scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"])

/** Floating-point operations, or their rate with another unit: `2.15 GFLOP`. */
export const showFlops = (flops: number, unit = "FLOP"): string =>
  scaled(
    flops,
    1000,
    ["", "k", "M", "G", "T", "P"].map((prefix) => `${prefix}${unit}`),
  )

/** Seconds in a fitting unit: `1.25 ms`. */
export const showDuration = (seconds: number): string => {
  if (seconds === 0) return "0 s"
  const unit = seconds < 1e-3 ? "µs" : seconds < 1 ? "ms" : "s"
  return `${three(seconds * { µs: 1e6, ms: 1e3, s: 1 }[unit])} ${unit}`
}

/** A share of one: `37 %`. */
export const showShare = (share: number): string =>
  `${share < 0.0995 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`
