// Builds the pages of the playground and serves them on this machine alone:
//   npm run playground -- [--port 4173]
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { preparePlayground, servePlayground } from "./servePlayground.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const { values } = parseArgs({ options: { port: { type: "string", default: "4173" } } })
const say = (line: string): void => void process.stdout.write(`${line}\n`)

await preparePlayground(root, say)
const { url } = await servePlayground(root, Number(values.port))
say(`${url}            a program beside its plan, its shaders and its profile`)
say(`${url}clip.html   a CLIP on your own pictures`)
say("Ctrl+C ends it")
