import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { preparePlayground } from "../playground/servePlayground.ts"
import { stagePages } from "./pages.ts"

/** Installs what makes the site (30 MB), once. */
const prepare = (folder: string, say: (line: string) => void): void => {
  if (existsSync(join(folder, "node_modules"))) return
  say("installing TypeDoc, once …")
  const args = ["ci", "--silent", "--no-audit", "--no-fund", "--workspaces=false"]
  execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
}

const runTypedoc = (root: string, staged: string, out: string, options: readonly string[]): string => {
  const folder = join(root, "site")
  const args = [
    join(folder, "node_modules", "typedoc", "bin", "typedoc"),
    "--options",
    join(folder, "typedoc.json"),
    "--readme",
    join(staged, "README.md"),
    "--projectDocuments",
    join(staged, "docs", "*.md"),
    "--out",
    out,
    ...options,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" })
  if (status !== 0) throw new Error(`the site could not be made:\n${stdout}${stderr}`)
  return stdout + stderr
}

export interface SiteOptions {
  /** Whether the playground is a part of it. Its editor is a download of its own. */
  readonly playground: boolean
  readonly say: (line: string) => void
}

/**
 * Makes the site in `out`: the docs, the API of every package, one search over both, and the playground. It needs no server and
 * nothing from other sites. Resolves to what TypeDoc warned of.
 */
export const makeSite = async (
  root: string,
  out: string,
  { playground, say }: SiteOptions,
): Promise<readonly string[]> => {
  prepare(join(root, "site"), say)
  const staged = mkdtempSync(join(tmpdir(), "diva-site-"))
  try {
    stagePages(root, staged)
    if (playground) await preparePlayground(root, say)
    say("reading packages and pages …")
    const links = playground ? ["--navigationLinks.Playground", "./playground/index.html"] : []
    const told = runTypedoc(root, staged, out, links)
    if (playground) cpSync(join(root, "playground", "dist"), join(out, "playground"), { recursive: true })
    return told.split("\n").filter((line) => /\[(warning|error)\]|^ +\S/.test(line))
  } finally {
    rmSync(staged, { recursive: true })
  }
}
