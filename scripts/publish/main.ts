// Makes a tarball of every package, as a registry or `npm install FILE` takes it: compiled modules, declarations, no path of this
// repository.
//   npm run pack -- [--out FOLDER]       (runs/packages by default)
import { mkdirSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { packPackages } from "./packPackages.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "runs", "packages") } } })
const out = resolve(values.out)
mkdirSync(out, { recursive: true })
for (const { file, bytes } of packPackages(root, out))
  process.stdout.write(`${file}  ${(bytes / 1024).toFixed(0)} KiB\n`)
