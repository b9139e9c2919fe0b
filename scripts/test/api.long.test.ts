import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { apiDocument } from "../repository/apiDocument.ts"
import { readPackages } from "../repository/packageGraph.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

// Declarations of every package are emitted.
it.each(readPackages(root))(
  "packages/$folder/api.md lists what the package exports (npm run api writes it)",
  async (each) => {
    const file = join(root, "packages", each.folder, "api.md")
    expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(await apiDocument(root, each))
  },
)
