import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"

/** A program as the editor compiled it: plain JavaScript, and where its lines come from. */
export interface Script {
  readonly code: string
  readonly map: string
}

/** Where in the program something went wrong, counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface Failure {
  readonly message: string
  readonly place?: Place
}

const levels = ["log", "info", "warn", "error"] as const

const shown = (value: unknown): string =>
  typeof value === "string"
    ? value
    : ArrayBuffer.isView(value)
      ? `${value.constructor.name} [ ${Array.from(value as unknown as ArrayLike<number>).join(", ")} ]`
      : typeof value === "object" && value !== null
        ? JSON.stringify(value, (_, inner: unknown) => (ArrayBuffer.isView(inner) ? shown(inner) : inner), 1)
        : String(value)

/** Gives every line that is written to the console to `print` until it is undone. */
const capture = (print: (line: string) => void): (() => void) => {
  const before = levels.map((level) => [level, console[level]] as const)
  for (const level of levels) console[level] = (...values: readonly unknown[]) => print(values.map(shown).join(" "))
  return () => before.forEach(([level, write]) => (console[level] = write))
}

/** The name under which stacks, plans and profiles know a program. */
const file = "program.ts"

const placeOf = (line: string, column: string, map: TraceMap): Place => {
  const found = originalPositionFor(map, { line: Number(line), column: Number(column) - 1 })
  return found.line === null
    ? { line: Number(line), column: Number(column) }
    : { line: found.line, column: found.column + 1 }
}

const position = new RegExp(`\\S*${file}:(\\d+):(\\d+)`, "g")

/** A text whose positions in what was compiled are those of the program as it was written. */
export const withPlaces = (text: string, { map }: Script): string => {
  const traced = new TraceMap(map)
  return text.replaceAll(position, (found, line: string, column: string) => {
    const place = placeOf(line, column, traced)
    return `${found.startsWith("(") ? "(" : ""}${file}:${place.line}:${place.column}`
  })
}

const failureOf = (error: unknown, script: Script): Failure => {
  const stack = error instanceof Error ? (error.stack ?? "") : ""
  const message = withPlaces(error instanceof Error ? error.message : String(error), script)
  const [first] = stack.matchAll(position)
  return first === undefined ? { message } : { message, place: placeOf(first[1]!, first[2]!, new TraceMap(script.map)) }
}

/** Runs a program as a module of the page; what it writes to the console goes to `print`. Resolves to what stopped it, if anything. */
export const runProgram = async (script: Script, print: (line: string) => void): Promise<Failure | undefined> => {
  const url = URL.createObjectURL(new Blob([`${script.code}\n//# sourceURL=${file}\n`], { type: "text/javascript" }))
  const undo = capture(print)
  try {
    await import(/* @vite-ignore */ url)
    return undefined
  } catch (error) {
    return failureOf(error, script)
  } finally {
    undo()
    URL.revokeObjectURL(url)
  }
}
