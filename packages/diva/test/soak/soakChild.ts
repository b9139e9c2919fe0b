import { Effect } from "effect"
import { soakRun, type Moment } from "./soakRun.ts"

/** Trains, and kills itself (SIGKILL, which nothing can catch) when it comes to a moment for the nth time. */
const [root, folder, updates, moment, count] = process.argv.slice(2) as [string, string, string, Moment, string]

let left = Number(count)

await Effect.runPromise(
  soakRun(root, folder, Number(updates), (now) => {
    if (now === moment && --left === 0) process.kill(process.pid, "SIGKILL")
  }),
)
