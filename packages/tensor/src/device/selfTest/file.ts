import * as fs from "node:fs"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { tuningPath } from "../../decisions/file.ts"
import { selfTestsInMemory, type SelfTestMemory } from "./memory.ts"
import {
  begin,
  decodeSelfTests,
  emptySelfTests,
  encodeSelfTests,
  finish,
  withAdapter,
  type KeptResults,
  type SelfTestCache,
} from "./results.ts"

/** Where this user's results of self-tests lie: `features.json` beside the tuning cache. */
export const selfTestPath = (): string => path.join(path.dirname(tuningPath()), "features.json")

/** Reads the file; one that is missing, damaged or of older tests counts as empty. */
export const readSelfTests = (file: string): SelfTestCache => {
  try {
    const decoded = decodeSelfTests(fs.readFileSync(file, "utf8"))
    return E.isRight(decoded) ? decoded.right : emptySelfTests
  } catch {
    return emptySelfTests
  }
}

/** Readers see the old file or the new one, never a part. */
const write = (file: string, cache: SelfTestCache): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}`
  try {
    fs.writeFileSync(beside, encodeSelfTests(cache))
    fs.renameSync(beside, file)
  } catch (error) {
    fs.rmSync(beside, { force: true })
    throw error
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

// Others at work on the same test will answer for themselves; what they have begun says nothing yet.
const withoutRunning = ({ results, begun }: KeptResults): KeptResults => ({
  results,
  begun: Object.fromEntries(
    Object.entries(begun).filter(([, { process: pid }]) => pid !== process.pid && !isRunning(pid)),
  ),
})

/** A memory in a file; where that cannot be written, results last as long as the process. */
export const selfTestsInFile = (file: string = selfTestPath()): SelfTestMemory => {
  const inMemory = selfTestsInMemory()
  const keep = (adapter: string, change: (kept: KeptResults) => KeptResults): void => {
    try {
      write(file, withAdapter(readSelfTests(file), adapter, change))
    } catch {
      // A folder that cannot be written costs every process its own tests, no more.
    }
  }
  return {
    recall: (adapter) => {
      const kept = withoutRunning(readSelfTests(file).adapters[adapter] ?? { results: {}, begun: {} })
      return { ...kept, results: { ...kept.results, ...inMemory.recall(adapter).results } }
    },
    begin: (adapter, feature) => keep(adapter, begin(feature, process.pid)),
    finish: (adapter, feature, finding) => {
      inMemory.finish(adapter, feature, finding)
      keep(adapter, finish(feature, finding))
    },
  }
}
