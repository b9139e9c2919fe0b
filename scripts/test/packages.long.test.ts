import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { packPackages } from "../publish/packPackages.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** The programs that a package's README shows. */
const programsOf = (readme: string): readonly string[] =>
  [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program]) => program!)

const silently = ["--silent", "--no-audit", "--no-fund"]

describe("packages as somebody else installs them", () => {
  let project: string
  let node: (version: number) => string

  const install = (folder: string, ...what: readonly string[]): void => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody", type: "module", private: true }))
    execFileSync("npm", ["install", ...silently, ...what], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
  }

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), "diva-somebody-"))
    const tarballs = packPackages(root, project).map(({ file }) => file)
    install(project, ...tarballs, "typescript@5.9", "typescript7@npm:typescript@7.0.2", "effect@4.1.0")
    const folders = new Map(
      [20, 22].map((version) => {
        const folder = mkdtempSync(join(tmpdir(), `diva-node-${version}-`))
        install(folder, `node@${version}`)
        return [version, folder]
      }),
    )
    node = (version) =>
      folders.has(version) ? join(folders.get(version)!, "node_modules", "node", "bin", "node") : process.execPath
    return () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }))
  }, 900_000)
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  const readme = (name: string): string =>
    readFileSync(join(project, "node_modules", "@diva", name, "README.md"), "utf8")

  /** What a compiler says of what the READMEs show; its modules lie beside it then. */
  const typesOf = (compiler = "typescript"): string => {
    const compilerOptions = { strict: true, module: "NodeNext", target: "ES2022", skipLibCheck: false, outDir: "." }
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: sources() }))
    const tsc = join(project, "node_modules", compiler, "bin", "tsc")
    return spawnSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" }).stdout
  }

  const sources = (): readonly string[] =>
    ["tensor", "autograd", "models", "diva"].flatMap((name) =>
      programsOf(readme(name)).map((program, i) => {
        const file = `${name}${i}.ts`
        writeFileSync(join(project, file), program)
        return file
      }),
    )

  const run = (version: number, ...args: readonly string[]) =>
    spawnSync(node(version), args, {
      cwd: project,
      encoding: "utf8",
      env: {
        ...process.env,
        PATH: [dirname(node(version)), process.env["PATH"]].join(delimiter),
      },
    })

  it("carry no path of this repository and no TypeScript that Node would have to run", () => {
    for (const name of ["tensor", "autograd", "models", "diva", "cli"]) {
      const manifest = readFileSync(join(project, "node_modules", "@diva", name, "package.json"), "utf8")
      expect(manifest).not.toMatch(/\/src\/|private|workspace|\.\.\//)
    }
  })

  it.each(["typescript", "typescript7"])(
    "type-check under `strict` with their declarations, by what their READMEs show: %s",
    { timeout: 300_000 },
    (compiler) => expect(typesOf(compiler)).toBe(""),
  )

  it.each([20, 22, 24])("run on Node %i: the READMEs' programs and the command", { timeout: 300_000 }, (version) => {
    typesOf()
    expect(run(version, "--version").stdout).toMatch(new RegExp(`^v${version}\\.`))
    expect(run(version, "tensor0.js").stdout).toBe("Float32Array(4) [ 6, 0, 15, 0 ]\n")
    expect(run(version, "autograd0.js").stdout).toBe("1 Float32Array(2) [ 2, 2 ]\n")
    expect(run(version, "models0.js").stdout).toMatch(/^427616513\n\d+ function\n$/)
    expect(run(version, "diva0.js").stderr).toBe("")
    const command = join("node_modules", "@diva", "cli", "bin", "diva.mjs")
    expect(run(version, command, "--version").stdout).toMatch(/\d+\.\d+\.\d+/)
    const verdict = run(version, command, "doctor", "--json")
    expect(verdict.status).toBe(0)
    const { probes } = JSON.parse(verdict.stdout) as { readonly probes: readonly { readonly passed: boolean }[] }
    expect(probes.filter(({ passed }) => passed).length).toBeGreaterThan(10)
  })
})
