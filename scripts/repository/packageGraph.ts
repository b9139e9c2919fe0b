import { existsSync, globSync, readFileSync } from "node:fs"
import { join, sep } from "node:path"
import { moduleReferences, type ModuleReference } from "./moduleReferences.ts"

/** A package of the repository, as far as the import rules look at it. */
export type Package = {
  /** Folder name below packages/. */
  readonly folder: string
  readonly name: string
  /** Declared exports: subpath → file, or null where it is closed. */
  readonly exports: Readonly<Record<string, string | null>>
  readonly dependencies: readonly string[]
  readonly files: readonly SourceFile[]
}

export type SourceFile = {
  /** Path from the repository's root, with forward slashes. */
  readonly path: string
  readonly references: readonly ModuleReference[]
}

type Manifest = {
  readonly name: string
  readonly exports?: Readonly<Record<string, string | null>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Reads every package below `root`/packages with the imports of its src folder. */
export const readPackages = (root: string): readonly Package[] =>
  globSync("packages/*/package.json", { cwd: root })
    .toSorted()
    .map((manifest) => readPackage(root, manifest))

const readPackage = (root: string, manifestPath: string): Package => {
  const manifest = JSON.parse(readFileSync(join(root, manifestPath), "utf8")) as Manifest
  const folder = slashed(manifestPath).split("/")[1] ?? ""
  return {
    folder,
    name: manifest.name,
    exports: manifest.exports ?? {},
    dependencies: Object.keys(manifest.dependencies ?? {}),
    files: sourceFiles(root, folder),
  }
}

const sourceFiles = (root: string, folder: string): readonly SourceFile[] =>
  globSync(`packages/${folder}/src/**/*.{ts,mts,js,mjs}`, { cwd: root })
    .map(slashed)
    .toSorted()
    .map((path) => ({ path, references: moduleReferences(path, readFileSync(join(root, path), "utf8")) }))

/** Declared exports that name no file. Patterns such as `./ops/*` need at least one match. */
export const missingExports = (root: string, packages: readonly Package[]): readonly string[] =>
  packages.flatMap(({ folder, exports }) =>
    Object.entries(exports)
      .filter(([, target]) => target !== null && !targetExists(join(root, "packages", folder), target))
      .map(([subpath, target]) => `packages/${folder}: "${subpath}" names ${target}, which does not exist`),
  )

const targetExists = (folder: string, target: string): boolean =>
  target.includes("*") ? globSync(target, { cwd: folder }).length > 0 : existsSync(join(folder, target))

const slashed = (path: string): string => path.split(sep).join("/")
