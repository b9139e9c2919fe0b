import { execFileSync } from "node:child_process"
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { ownGpuTypes } from "./gpuDeclarations.ts"
import { publishedManifest, type Manifest } from "./publishedManifest.ts"

/** Beside compiled modules, what a package reads at run time and what a reader of a registry's page looks for. */
const carried = ["bin", "golden", "world", "README.md", "CHANGELOG.md"]

export interface Packed {
  readonly file: string
  readonly bytes: number
}

/** Writes a tarball of every package below `root`/packages into the folder `out`. */
export const packPackages = (root: string, out: string): readonly Packed[] => {
  const staging = mkdtempSync(join(tmpdir(), "diva-pack-"))
  try {
    compilePackages(root, staging)
    return globSync("packages/*/package.json", { cwd: root })
      .toSorted()
      .map((manifest) => packOne(root, staging, dirname(manifest), out))
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** One compilation for all packages: what they import of each other is compiled and checked together. */
export const compilePackages = (root: string, staging: string): void => {
  const project = join(staging, "tsconfig.json")
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rootDir: root,
    outDir: staging,
    types: ["node", "@webgpu/types"].map((name) =>
      join(root, "node_modules", name.startsWith("@") ? name : `@types/${name}`),
    ),
  }
  const include = [join(root, "packages/*/src")]
  writeFileSync(project, JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, include }))
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc")
  execFileSync(process.execPath, [compiler, "-p", project], { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
}

const packOne = (root: string, staging: string, folder: string, out: string): Packed => {
  const [source, staged] = [join(root, folder), join(staging, folder)]
  const target = join(staging, "staged", folder)
  mkdirSync(target, { recursive: true })
  cpSync(join(staged, "src"), join(target, "dist"), { recursive: true })
  ownGpuTypes(join(target, "dist"))
  // Data that modules import lies beside them.
  for (const file of globSync("src/**/*.json", { cwd: source }))
    cpSync(join(source, file), join(target, file.replace(/^src/, "dist")))
  for (const name of carried) copyIfThere(join(source, name), join(target, name))
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"))
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifestOf(source), null, 2)}\n`)
  const name = execFileSync("npm", ["pack", "--silent", "--pack-destination", out], {
    cwd: target,
    encoding: "utf8",
  }).trim()
  const file = join(out, name)
  return { file, bytes: statSync(file).size }
}

const copyIfThere = (from: string, to: string): void => {
  try {
    cpSync(from, to, { recursive: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
}

const manifestOf = (source: string): Manifest => {
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest
  return publishedManifest(manifest, { files: ["dist", ...carried], engines: { node: ">=20.9.0" } })
}
