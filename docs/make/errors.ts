// Writes docs/errors.md from the catalogue of errors: node docs/make/errors.ts
import { writeFileSync } from "node:fs"
import { errorsPage } from "@diva/cli"

writeFileSync(new URL("../errors.md", import.meta.url), errorsPage())
