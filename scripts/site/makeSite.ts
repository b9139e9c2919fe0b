import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { preparePlayground } from "../playground/servePlayground.ts"
import { sitePages, stagePages } from "./pages.ts"

/** Installs what makes the site (30 MB), once. */
const prepare = (folder: string, say: (line: string) => void): void => {
  if (existsSync(join(folder, "node_modules"))) return
  say("installing TypeDoc, once …")
  const args = ["ci", "--silent", "--no-audit", "--no-fund", "--workspaces=false"]
  execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
}

const runTypedoc = (root: string, staged: string, out: string, navigationLinks: object): string => {
  const folder = join(root, "site")
  const options = {
    extends: [join(folder, "typedoc.json")],
    readme: join(staged, "README.md"),
    projectDocuments: sitePages.map((pages) => join(staged, pages)),
    navigationLinks,
    out,
  }
  const file = join(staged, "typedoc.json")
  writeFileSync(file, JSON.stringify(options))
  const args = [join(folder, "node_modules", "typedoc", "bin", "typedoc"), "--options", file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" })
  if (status !== 0) throw new Error(`the site could not be made:\n${stdout}${stderr}`)
  return stdout + stderr
}

/** Links of the navigation are meant from the site's root; pages in folders reach it one level up. */
const mendNavigation = (out: string): void => {
  for (const page of globSync("*/*.html", { cwd: out })) {
    const file = join(out, page)
    const html = readFileSync(file, "utf8")
    const mended = html.replaceAll('href="playground/index.html"', 'href="../playground/index.html"')
    if (mended !== html) writeFileSync(file, mended)
  }
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
    const told = runTypedoc(root, staged, out, playground ? { Playground: "playground/index.html" } : {})
    mendNavigation(out)
    if (playground) cpSync(join(root, "playground", "dist"), join(out, "playground"), { recursive: true })
    return told.split("\n").filter((line) => /\[(warning|error)\]|^ +\S/.test(line))
  } finally {
    rmSync(staged, { recursive: true })
  }
}
