// Makes a site of the docs, the packages' API and the playground, to be opened from disk or served from anywhere:
//   npm run site -- [--out runs/site] [--no-playground]
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { makeSite } from "./makeSite.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const { values } = parseArgs({
  options: { out: { type: "string", default: join("runs", "site") }, playground: { type: "boolean", default: true } },
  allowNegative: true,
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const out = resolve(values.out)
for (const line of await makeSite(root, out, { playground: values.playground, say })) say(line)
say(`${join(out, "index.html")}`)
