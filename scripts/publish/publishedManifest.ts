/** A package.json of this repository, as far as publishing looks at it. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, string | null>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Fields that mean something inside the repository alone. */
const inside = new Set(["private", "scripts", "devDependencies", "exports", "files"])

/** Compiled modules lie in `dist` as their sources do in `src`. */
const compiled = (file: string, ending: ".js" | ".d.ts"): string =>
  file.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, ending)

/** Types that the sources are checked with and published declarations do without (`ownGpuTypes`). */
const checkedWith = new Set(["@webgpu/types"])

const needed = (dependencies: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(dependencies).filter(([name]) => !checkedWith.has(name)))

const openExport = (target: string | null) =>
  target === null ? null : { types: compiled(target, ".d.ts"), default: compiled(target, ".js") }

/**
 * The package.json of a package as it is installed: exports name compiled modules and their declarations, and nothing is left that
 * only this repository understands. `shared` are fields that all packages have alike (description, repository, …).
 */
export const publishedManifest = (manifest: Manifest, shared: Readonly<Record<string, unknown>>): Manifest => ({
  ...Object.fromEntries(Object.entries(manifest).filter(([field]) => !inside.has(field))),
  ...shared,
  ...(manifest.dependencies === undefined ? {} : { dependencies: needed(manifest.dependencies) }),
  name: manifest.name,
  version: manifest.version,
  exports: {
    ...(Object.fromEntries(
      Object.entries(manifest.exports).map(([subpath, target]) => [subpath, openExport(target)]),
    ) as unknown as Manifest["exports"]),
    "./package.json": "./package.json",
  },
})
