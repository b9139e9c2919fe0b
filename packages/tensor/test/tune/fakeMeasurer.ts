import type { Choice } from "../../src/index.ts"
import type { Contender, Loss, Measurer, TuningProblem } from "../../src/tune/index.ts"

/** What a made-up machine does with a choice. */
export interface Behaviour {
  /** Seconds of its runs, in order; the last repeats. */
  readonly seconds: readonly number[]
  readonly difference?: number
  /** Fails when compiled, or at the run of this number. */
  readonly fails?: "invalid" | "timeout"
  readonly failsAtRun?: number
}

export interface FakeMachine extends Measurer {
  readonly log: string[]
  /** Contenders that were prepared and not disposed. */
  readonly held: () => number
}

export const compileSeconds = 1

const nameOf = (choice: Choice): string => String(choice["name"])

const loss = (outcome: Loss["outcome"]): Loss => ({ _tag: "Loss", outcome, reason: `${outcome} as told` })

/** A machine whose clock moves only by what it is asked to do. */
export const fakeMachine = (behaviours: Readonly<Record<string, Behaviour>>): FakeMachine => {
  const log: string[] = []
  const names = new Map<Contender, string>()
  let clock = 100
  const contenderOf = (name: string, { seconds, difference = 0, failsAtRun }: Behaviour): Contender => {
    let runs = 0
    const contender: Contender = {
      run: async () => {
        log.push(`run ${name}`)
        if (runs++ === failsAtRun) throw new Error("told to fail")
        const time = seconds[Math.min(runs - 1, seconds.length - 1)]!
        clock += time
        return time
      },
      differsFrom: () => difference,
      dispose: () => void names.delete(contender),
    }
    names.set(contender, name)
    return contender
  }
  return {
    log,
    held: () => names.size,
    now: () => clock,
    prepare: async (_problem, choice) => {
      const name = nameOf(choice)
      const behaviour = behaviours[name]!
      log.push(`prepare ${name}`)
      clock += compileSeconds
      return behaviour.fails === undefined ? contenderOf(name, behaviour) : loss(behaviour.fails)
    },
    time: (contender) => contender.run().catch(() => loss("invalid")),
  }
}

/** A problem whose candidates are known by name only. */
export const fakeProblem = (problem: string, names: readonly [string, ...string[]], flops = 1): TuningProblem => {
  const [first, ...others] = names.map((name): Choice => ({ name }))
  return {
    key: `fake ${problem}`,
    decision: { family: "fake", problem, candidates: [first!, ...others], others: [], reference: first! },
    specs: {},
    describe: () => ({}),
    uses: 1,
    flops,
  }
}
