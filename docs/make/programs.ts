// Writes the programs of docs/examples, and what they print, into the pages that show them: npm run docs
import { spawnSync } from "node:child_process"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { join } from "node:path"
import { withPrograms } from "./programsInPages.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "diva-docs-"))
const read = (file: string): string => readFileSync(join(root, file), "utf8")

const printedBy = (file: string): string => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, file)], { cwd: folder, encoding: "utf8" })
  if (status !== 0) throw new Error(`${file} ended with ${status}:\n${stderr}`)
  return stdout
}

for (const page of ["README.md", ...globSync("docs/*.md", { cwd: root })]) {
  const text = readFileSync(join(root, page), "utf8")
  const written = withPrograms(text, read, printedBy)
  if (written !== text) writeFileSync(join(root, page), written)
}
rmSync(folder, { recursive: true })
