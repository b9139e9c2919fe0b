import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { checkFlags, didYouMean, helpText, taskHelps } from "../taskHelp.mjs"

const read = (file: string): string => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8")

/** Tasks whose programs print their help themselves, and what only the manifest's checks call. */
const ownHelp = new Set(["start", "diva", "study", "test", "test:long", "check", "gpu", "format", "check:root", "lock"])

/** What reads the flags of a task. */
const programs = {
  bench: "scripts/bench.mjs",
  world: "docs/make/world.ts",
  soak: "packages/diva/test/soak/main.ts",
  playground: "scripts/playground/main.ts",
  site: "scripts/site/main.ts",
  pack: "scripts/publish/main.ts",
}

it("every npm script tells with --help what it does", () => {
  const scripts = Object.keys((JSON.parse(read("package.json")) as { readonly scripts: object }).scripts)
  expect(scripts.filter((name) => !ownHelp.has(name)).toSorted()).toEqual(Object.keys(taskHelps).toSorted())
  for (const [name, help] of Object.entries(taskHelps)) expect(helpText(name, help)).toContain(`usage: npm run ${name}`)
})

it.each(Object.entries(programs))("the help of %s names the flags that its program reads", (name, file) => {
  const source = read(file)
  const options = source.slice(source.indexOf("options: {"))
  const named = [...options.matchAll(/(\w+): \{ type: "(?:string|boolean)"/g)].map(([, flag]) => flag!)
  const told = Object.keys(taskHelps[name]!.flags!).map((flag) => flag.split(" ")[0]!.replace(/^--(no-)?/, ""))
  expect(told.toSorted()).toEqual(named.toSorted())
})

it("a mistyped flag is refused with the one that was meant", () => {
  expect(() => checkFlags("bench", ["matmul", "--peer"])).toThrow("npm run bench has no flag --peer")
  expect(didYouMean("--peer", ["--peers", "--rounds"])).toBe("Did you mean --peers? ")
  expect(didYouMean("--colour", ["--peers", "--rounds"])).toBe("")
  expect(() => checkFlags("mutate", ["--all"])).toThrow("npm run mutate has no flag --all")
  checkFlags("bench", ["--rounds=3", "--amend", "matmul"])
  checkFlags("example", ["mlp", "--anything"])
})
