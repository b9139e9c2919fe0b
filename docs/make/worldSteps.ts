// What the commands that made the world need of each other, and which of them are done in a folder.
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Commands by group, in the order in which they run: `commands` of world.json. */
export type Commands = Readonly<Record<string, readonly string[]>>

export interface Step {
  readonly group: string
  readonly command: string
  /** Folders that it names by `--out`. */
  readonly outs: readonly string[]
  /** Earlier steps that write what it reads. */
  readonly needs: readonly Step[]
  /** SHA-256 of the command and of the hashes of what it needs: where one changes, so do all that build on it. */
  readonly hash: string
}

/** A line of steps.jsonl. */
export interface StepRecord {
  readonly group: string
  readonly command: string
  readonly hash: string
  readonly finished: boolean
  /** How long it took, over all its tries. */
  readonly seconds: number
  readonly date: string
}

const wordsOf = (command: string): readonly string[] => command.match(/[^\s"';]+/g) ?? []

/** `data/card/$seed` is one of several folders in `data/card`. */
const outsOf = (command: string): readonly string[] =>
  [...command.matchAll(/--out[= ]+["']?([^\s"';]+)/g)].flatMap(([, path]) => path!.split(/\/?\$/)[0] || [])

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** What a command may write: a command of the shell (`cp`) any of its words. */
const writesOf = ({ command, outs }: Step): readonly string[] => (outs.length > 0 ? outs : wordsOf(command))

/** Steps of all commands. One needs another where it names a path in what that one writes, so world.json need not say it. */
export const stepsOf = (commands: Commands): readonly Step[] => {
  const steps: Step[] = []
  for (const [group, list] of Object.entries(commands))
    for (const command of list) {
      const outs = outsOf(command)
      const reads = wordsOf(command).filter((word) => !outs.some((out) => within(word, out)))
      const needs = steps.filter((step) => writesOf(step).some((path) => reads.some((word) => within(word, path))))
      const hash = createHash("sha256").update(JSON.stringify([command, ...needs.map((each) => each.hash)]))
      steps.push({ group, command, outs, needs, hash: hash.digest("hex") })
    }
  return steps
}

/** What is known of steps in a folder: begun or finished by the same command, on what is finished still. */
export const standing = (steps: readonly Step[], records: readonly StepRecord[]): Map<Step, StepRecord> => {
  const known = new Map<Step, StepRecord>()
  for (const step of steps) {
    const record = records.find(({ hash }) => hash === step.hash)
    if (record !== undefined && step.needs.every((each) => known.get(each)?.finished === true)) known.set(step, record)
  }
  return known
}

/** Lies in a folder while somebody is at work there. */
const lockName = "run.lock"

const recordsFile = (folder: string): string => join(folder, "steps.jsonl")

/** Records of a folder. Errors: one that holds files, but none of its own: its runs could be taken for this world's, and removed. */
export const readRecords = (folder: string): readonly StepRecord[] => {
  const file = recordsFile(folder)
  if (existsSync(file)) {
    const lines = readFileSync(file, "utf8").split("\n").filter(Boolean)
    return lines.map((line) => JSON.parse(line) as StepRecord)
  }
  if (existsSync(folder) && readdirSync(folder).some((name) => name !== lockName))
    throw new Error(`${folder} holds files, and no steps.jsonl: name an empty or a new folder`)
  return []
}

/** Written beside and put into place: whatever happens, the list is there whole. */
export const writeRecords = (folder: string, records: readonly StepRecord[]): void => {
  const file = recordsFile(folder)
  writeFileSync(`${file}.new`, records.map((record) => `${JSON.stringify(record)}\n`).join(""))
  renameSync(`${file}.new`, file)
}

const withNeeds = (steps: readonly Step[]): readonly Step[] => steps.flatMap((step) => [step, ...withNeeds(step.needs)])

const distinct = <A>(all: readonly A[]): readonly A[] => [...new Set(all)]

/**
 * Steps of the named groups and the data that they need, in order. Errors: a group that does not exist; another group that they need,
 * and that is not done: it may take hours, so nobody begins it unasked.
 */
export const chosenSteps = (
  steps: readonly Step[],
  groups: readonly string[],
  isDone: (step: Step) => boolean,
): readonly Step[] => {
  const known = distinct(steps.map(({ group }) => group))
  const strange = groups.find((group) => !known.includes(group))
  if (strange !== undefined) throw new Error(`there is no group "${strange}"; groups: ${known.join(", ")}`)
  const wanted = new Set(withNeeds(steps.filter(({ group }) => groups.includes(group))))
  const isAsked = ({ group }: Step): boolean => group === "data" || groups.includes(group)
  const missing = new Set([...wanted].filter((step) => !isAsked(step) && !isDone(step)).map(({ group }) => group))
  if (missing.size > 0) {
    const all = known.filter((group) => missing.has(group) || groups.includes(group))
    const what = known.filter((group) => missing.has(group)).join(", ")
    throw new Error(`${groups.join(", ")} needs what is not made yet: ${what}; --only ${all.join(",")} makes it, too`)
  }
  return steps.filter((step) => wanted.has(step) && isAsked(step))
}
