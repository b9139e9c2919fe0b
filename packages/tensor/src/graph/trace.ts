import { withFrames } from "../error.ts"

/** A stack; V8 makes its text when that is read. */
export interface Trace {
  readonly stack?: string
}

type Called = (...args: never) => unknown

// Each frame costs time and memory at every node. From a user's program to an op so many suffice, since what lies deeper inside the
// library was entered by `fromHere`.
const near = 16

// The way to where the library was entered that describes nodes now, far below.
let entered: Trace | undefined

class Way implements Trace {
  readonly #near: Trace = {}
  readonly #far = entered

  constructor(below: Called) {
    withFrames(() => Error.captureStackTrace?.(this.#near, below as () => unknown), near)
  }

  get stack(): string {
    return [this.#near, this.#far].map((part) => part?.stack ?? "").join("\n")
  }
}

/** The way to the call of `below`. */
export const traceBelow = (below: Called): Trace => new Way(below)

/** Runs what describes nodes far below, as reverse mode does: the way to here is kept once for all of them. Calls nest. */
export const fromHere = <A>(describe: () => A): A => {
  const outer = entered
  entered = traceBelow(fromHere)
  try {
    return describe()
  } finally {
    entered = outer
  }
}
