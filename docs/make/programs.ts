// Writes the programs of docs/examples into the pages that show them: npm run docs
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { join } from "node:path"
import { withPrograms } from "./programsInPages.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
for (const page of ["README.md", ...globSync("docs/*.md", { cwd: root })]) {
  const text = readFileSync(join(root, page), "utf8")
  const written = withPrograms(text, (file) => readFileSync(join(root, file), "utf8"))
  if (written !== text) writeFileSync(join(root, page), written)
}
