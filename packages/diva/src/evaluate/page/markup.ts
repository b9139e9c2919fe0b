const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/** Text for use in HTML and SVG, attributes included. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => entities[c]!)

/** One decimal, with a true minus sign. */
export const fixed = (x: number): string =>
  Number.isFinite(x) ? (x < 0 ? "−" : "") + Math.abs(x).toFixed(1) : x > 0 ? "∞" : "−∞"

/** A number of an SVG coordinate. */
export const at = (x: number): string => x.toFixed(2)
