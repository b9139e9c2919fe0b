// Writes docs/benchmarks.md anew from the lines of the recorded run: node docs/make/benchmarks.ts
import { readFileSync, writeFileSync } from "node:fs"
import { benchmarksPage, linesOf } from "../../scripts/bench/page.ts"

const lines = linesOf(readFileSync(new URL("../benchmarks.jsonl", import.meta.url), "utf8"))
writeFileSync(new URL("../benchmarks.md", import.meta.url), await benchmarksPage(lines))
