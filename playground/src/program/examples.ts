// The programs of the docs that need nothing but a page.
const sources = import.meta.glob<string>(["../../../docs/examples/{first,mlp,kernels,customGradient,shapes}.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
})

const nameOf = (path: string): string => path.replace(/^.*\//, "").replace(/\.ts$/, "")

/** Programs by name, the first one first. */
export const examples: ReadonlyMap<string, string> = new Map(
  Object.entries(sources)
    .map(([path, source]) => [nameOf(path), source] as const)
    .toSorted(([a], [b]) => (a === "first" ? -1 : b === "first" ? 1 : a < b ? -1 : 1)),
)
