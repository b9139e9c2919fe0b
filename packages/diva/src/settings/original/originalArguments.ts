/** Arguments of the original's programs by name, hyphens as underscores; a flag alone has no value. */
export type OriginalArguments = ReadonlyMap<string, readonly string[]>

/** A call of one of the original's programs. */
export interface OriginalCall {
  /** OpenAICLIP, MetaCLIP, SigLIP or DFN; undefined where no program is named. */
  readonly flavour: string | undefined
  /** Processes that its launcher starts. */
  readonly processes: number
  readonly given: OriginalArguments
}

/** All launch scripts of the original start as many, on one machine. */
const launchedProcesses = 8

const program = /run_DIVA_with_(\w+)\.py$/

const isFlag = (word: string): boolean => /^--?[A-Za-z]/.test(word)

const nameOf = (flag: string): string => flag.replace(/^--?/, "").replaceAll("-", "_")

const argumentsIn = (words: readonly string[]): OriginalArguments => {
  const found = new Map<string, string[]>()
  let values: string[] = []
  for (const word of words) {
    if (!isFlag(word)) {
      values.push(word)
      continue
    }
    const equals = word.indexOf("=")
    values = equals < 0 ? [] : [word.slice(equals + 1)]
    found.set(nameOf(equals < 0 ? word : word.slice(0, equals)), values)
  }
  return found
}

/** What shells leave where a line of a script was copied: its ends, and where its output goes. */
const ofScript = (words: readonly string[]): readonly string[] => {
  const redirected = words.findIndex((word) => /^\d?>/.test(word))
  return words.slice(0, redirected < 0 ? undefined : redirected).filter((word) => word.trim() !== "\\" && word !== "")
}

const countIn = (launcher: OriginalArguments, name: string): number | undefined => {
  const count = Number(launcher.get(name)?.[0])
  return Number.isSafeInteger(count) && count > 0 ? count : undefined
}

/** Reads a call of the original: the arguments of its program, or the whole line of a launch script, launcher included. */
export const originalCall = (line: readonly string[]): OriginalCall => {
  const words = ofScript(line)
  const at = words.findIndex((word) => program.test(word))
  const launcher = argumentsIn(words.slice(0, Math.max(0, at)))
  const nodes = countIn(launcher, "nnodes") ?? 1
  return {
    flavour: at < 0 ? undefined : program.exec(words[at]!)![1],
    processes: (countIn(launcher, "nproc_per_node") ?? launchedProcesses) * nodes,
    given: argumentsIn(words.slice(at + 1)),
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** The same of the one `.json` file that the original's programs take instead of flags. */
export const originalFileCall = (content: Readonly<Record<string, unknown>>): OriginalCall => ({
  flavour: undefined,
  processes: launchedProcesses,
  given: new Map(
    Object.entries(content).map(([name, value]) => [
      nameOf(name),
      Array.isArray(value) ? value.map(textOf) : [textOf(value)],
    ]),
  ),
})
