import type { Style } from "../../text/style.ts"

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Means of the first and last tenth (at least one) of a run's losses: single losses jump with their draws. */
export const lossMove = (
  losses: readonly number[],
): { readonly first: number; readonly last: number; readonly span: number } => {
  const span = Math.max(1, Math.floor(losses.length / 10))
  return { first: mean(losses.slice(0, span)), last: mean(losses.slice(-span)), span }
}

const bars = "▁▂▃▄▅▆▇█"

/** A curve of at most `width` characters, each the mean of its share of the values. */
export const sparkline = (values: readonly number[], width: number): string => {
  const count = Math.min(width, values.length)
  const shares = Array.from({ length: count }, (_, i) =>
    mean(values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count))),
  )
  const [low, high] = [Math.min(...shares), Math.max(...shares)]
  return shares.map((value) => bars[high === low ? 0 : Math.round(((value - low) / (high - low)) * 7)]).join("")
}

/** How the loss moved, as a line and a curve. `each`: what every loss is of. */
export const renderLossMove = (
  losses: readonly number[],
  style: Style,
  each: "update" | "reading" = "update",
): string => {
  if (losses.length === 0) return "no update was made"
  if (losses.length === 1) return `loss ${style.strong(losses[0]!.toFixed(4))}`
  const { first, last, span } = lossMove(losses)
  const change = first === 0 ? 0 : (100 * (last - first)) / first
  const over =
    span === 1 ? `first and last ${each}` : `means of the first and last ${span} of ${losses.length} ${each}s`
  return [
    `loss ${first.toFixed(4)} → ${style.strong(last.toFixed(4))}  (${change > 0 ? "+" : ""}${change.toFixed(1)} %, ${over})`,
    sparkline(losses, 60),
  ].join("\n")
}
