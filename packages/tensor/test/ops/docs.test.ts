import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { opsPage } from "../../docs/ops.ts"

it("docs/ops.md says what the op values say: `node packages/tensor/docs/ops.ts` writes it", () => {
  const page = opsPage()
  expect(readFileSync(new URL("../../../../docs/ops.md", import.meta.url), "utf8")).toBe(page)
  const undocumented = page.split("\n").filter((line) => /^\| `\w+` \|\s+\|/.test(line))
  expect(undocumented).toEqual([])
})
