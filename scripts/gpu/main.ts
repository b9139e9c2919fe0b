// Everything that is to be known of this library on a GPU, in one command with a time limit:
//   npm run gpu -- [--out FOLDER] [--seconds S] [--only PART,PART] [--full | --small]
//   npm run gpu -- --pack FOLDER       a folder that does the same on a machine without network and without Node
// Every part's result is a JSON file and lines of FOLDER/summary.txt as soon as it is known.
import { mkdirSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { openDevice, precisions } from "@diva/tensor"
import { pack } from "./pack.ts"
import { partsFor, type Scale } from "./parts.ts"
import { runParts } from "./runParts.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const { values } = parseArgs({
  options: {
    out: { type: "string", default: join("runs", "gpu") },
    seconds: { type: "string", default: "350" },
    only: { type: "string" },
    full: { type: "boolean", default: false },
    small: { type: "boolean", default: false },
    pack: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
})

const usage = `npm run gpu -- [flags]
  --out FOLDER      where results go (runs/gpu)
  --seconds S       for all parts together (350)
  --only A,B        these parts alone: doctor, self-tests, verify, verify-high, verify-medium, steps, kernels, op-tests, training, bench,
                    pytorch-kernels, pytorch-step
  --full, --small   whatever the adapter is; by default a software adapter does a little of everything
  --pack FOLDER     pack all of it for a machine without network and without Node, and stop
`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const scaleHere = async (): Promise<Scale> => {
  if (values.full !== values.small) return values.full ? "full" : "small"
  await using device = await openDevice()
  return device.info.isSoftware ? "small" : "full"
}

const run = async (): Promise<void> => {
  const out = resolve(values.out)
  mkdirSync(out, { recursive: true })
  const scale = await scaleHere()
  const all = partsFor({ root, out, scale, precisions })
  const names = values.only?.split(",")
  const unknown = names?.filter((name) => !all.some((part) => part.name === name)) ?? []
  if (unknown.length > 0)
    throw new Error(`there is no part ${unknown.join(", ")}; parts are ${all.map(({ name }) => name).join(", ")}`)
  const parts = names === undefined ? all : all.filter(({ name }) => names.includes(name))
  const results = await runParts(parts, { root, out, seconds: Number(values.seconds), tell: say })
  say(`results are in ${out}`)
  // Parts that were stopped or skipped have told why; a part that failed makes the command fail.
  if (results.some(({ outcome }) => outcome === "failed")) process.exitCode = 1
}

if (values.help) process.stdout.write(usage)
else if (values.pack !== undefined) await pack(root, resolve(values.pack), say)
else await run()
process.exit()
