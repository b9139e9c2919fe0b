// Writes the per-platform packages that npm left out into package-lock.json. Run after `npm install` when the test
// "the lock file names every platform's package" asks for it: npm run lock
import { readFileSync, writeFileSync } from "node:fs"
import { missingPlatforms, withMissingPlatforms } from "./repository/lockPlatforms.ts"

const file = new URL("../package-lock.json", import.meta.url)
const lock = JSON.parse(readFileSync(file, "utf8"))
const missing = Object.keys(missingPlatforms(lock.packages))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: withMissingPlatforms(lock.packages) }, null, 2)}\n`)
process.stdout.write(missing.length === 0 ? "nothing was missing\n" : `added ${missing.join(", ")}\n`)
