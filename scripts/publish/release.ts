// Gives all packages their next version, and closes the changelogs' "Unreleased" with it; nothing is committed or published.
//   npm run release -- 0.2.0
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { isNewer, released, withVersion } from "./version.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const rewrite = (file: string, change: (text: string) => string): void =>
  writeFileSync(join(root, file), change(readFileSync(join(root, file), "utf8")))

const next = process.argv[2] ?? ""
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }
if (isNewer(next, version)) {
  for (const file of ["package.json", ...globSync("packages/*/package.json", { cwd: root })])
    rewrite(file, (text) => withVersion(text, next))
  for (const file of globSync("packages/*/CHANGELOG.md", { cwd: root })) rewrite(file, (text) => released(text, next))
  process.stdout.write(
    `version ${next}: run npm install and npm run check, read the changelogs, commit, then npm run pack\n`,
  )
} else {
  process.stderr.write(`a release needs a version after ${version}, such as 1.2.3; given: "${next}"\n`)
  process.exitCode = 1
}
