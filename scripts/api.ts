// Writes packages/*/api.md. With package folders as arguments, only those.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { apiDocument } from "./repository/apiDocument.ts"
import { readPackages } from "./repository/packageGraph.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const chosen = process.argv.slice(2)
const packages = readPackages(root).filter(({ folder }) => chosen.length === 0 || chosen.includes(folder))
for (const each of packages) writeFileSync(join(root, "packages", each.folder, "api.md"), await apiDocument(root, each))
