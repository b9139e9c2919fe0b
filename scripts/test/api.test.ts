import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { exportsOf } from "../repository/exportListing.ts"

it("exports are followed through re-exports, renames and overloads to their declarations", () => {
  const folder = mkdtempSync(join(tmpdir(), "diva-api-"))
  const index = `import { type B } from "./b.ts";
export * from "./a.ts";
export { c as renamed, type C } from "./b.ts";
export type { B };
export { E } from "fp-ts/lib/Either.js";
declare const local: 1;
export { local };
export default local;
`
  const a = "export declare function f(x: 1): 1;\nexport declare function f(x: 2): 2;\ndeclare const hidden: 3;\n"
  const b = "export declare const c: 4;\nexport interface B { x: 5 }\nexport type C = 6;\n"
  Object.entries({ index, a, b }).forEach(([name, text]) => writeFileSync(join(folder, `${name}.d.ts`), text))
  expect(Object.fromEntries(exportsOf(join(folder, "index.d.ts")))).toEqual({
    f: ["export declare function f(x: 1): 1;", "export declare function f(x: 2): 2;"],
    renamed: ["export declare const c: 4;"],
    C: ["export type C = 6;"],
    B: ["export interface B { x: 5 }"],
    E: ['export { E } from "fp-ts/lib/Either.js"'],
    local: ["declare const local: 1;"],
    default: ["export default local;"],
  })
  rmSync(folder, { recursive: true })
})
