/** The losses of what a run tells with `--json`, a line an event. */
export const lossesOf = (out: readonly string[]): readonly number[] =>
  out.map((line) => JSON.parse(line) as { readonly loss?: number }).flatMap(({ loss }) => loss ?? [])

/** No weights, no data: only what says how large the models are. */
export const withoutFiles = ["--synthetic-weights", "--demo-data", "--json"] as const
