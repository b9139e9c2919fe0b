import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isDeepStrictEqual, parseArgs } from "node:util"
import { Effect } from "effect"
import { soak } from "./soak.ts"

/** `npm run soak`: kills a run again and again, and compares what is left with a run that was never killed. */
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    updates: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
  },
})

const root = mkdtempSync(join(tmpdir(), "diva-soak-"))
const began = performance.now()
const [kills, updates, seed] = [Number(values.kills), Number(values.updates), Number(values.seed)]

const found = await Effect.runPromise(
  soak({ root, kills, updates, seed, tell: (line) => void process.stdout.write(`${line}\n`) }),
)
const { deaths } = found
const all = Object.values(deaths).reduce((sum, count) => sum + count, 0)
const isSame = found.bits.whole === found.bits.broken && isDeepStrictEqual(found.whole, found.broken)
const minutes = ((performance.now() - began) / 60_000).toFixed(1)
process.stdout.write(
  `${all} of ${kills} processes killed (training ${deaths.training}, at work on files ${deaths.file}, evaluating ${deaths.evaluating}), ` +
    `${updates} updates, ${minutes} minutes: parameters, optimizer, metrics, scores, checkpoints and the trained CLIP are ${isSame ? "the same bits" : "NOT the same"}\n`,
)
if (isSame) rmSync(root, { recursive: true })
else process.stdout.write(`${root} holds both runs\n`)
process.exitCode = isSame && all === kills ? 0 : 1
