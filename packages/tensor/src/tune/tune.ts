import { planningFor, type PlanFor } from "../plan/planning.ts"
import { cacheOf, tuningFrom, type Measurement, type TuningCache, type TuningEntry } from "../decisions/cache.ts"
import { mergeProblems, tuningProblems, type TunedProgram, type TuningProblem } from "./collect.ts"
import { defaultLimits, searchProblem, type Measurer, type SearchLimits } from "./search.ts"

export interface TuneOptions extends Partial<SearchLimits> {
  /** Seconds for all problems together. Default: 120. */
  readonly seconds?: number
  /** Problems decided before are left alone. */
  readonly known?: ReadonlySet<string>
  readonly onDecided?: (progress: TuneProgress) => void
}

export interface TuneProgress {
  readonly done: number
  readonly total: number
  readonly decided: Decided
}

/** A problem with what tuning found, or `null` if no candidate could be measured. */
export interface Decided {
  readonly problem: Pick<TuningProblem, "key" | "uses" | "flops">
  readonly entry: TuningEntry | null
  /** What became of every candidate. */
  readonly measurements: readonly Measurement[]
}

export interface TuningReport {
  readonly adapter: string
  readonly decided: readonly Decided[]
  /** Problems that time did not suffice for. */
  readonly left: readonly string[]
  readonly seconds: number
}

/** Time is shared by work, somewhat more to the first: what they leave falls to the others. */
const generosity = 1.5
/** Less than this does not compile two candidates; more than this of what remains leaves nothing for the others. */
const least = 3
const mostOfRest = 0.6

const shareOf = (remaining: number, problems: readonly TuningProblem[]): number => {
  if (problems.length === 1) return remaining
  const work = problems.reduce((sum, { flops }) => sum + flops, 0)
  const byWork = work > 0 ? problems[0]!.flops / work : 1 / problems.length
  return Math.min(Math.max(least, remaining * generosity * byWork), Math.max(least, remaining * mostOfRest))
}

/** Decides problems one after the other until time is up. The problem under way when it ends is decided by what was measured. */
export const tuneProblems = async (
  problems: readonly TuningProblem[],
  measurer: Measurer,
  options: TuneOptions = {},
): Promise<{ readonly decided: readonly Decided[]; readonly left: readonly string[] }> => {
  const limits: SearchLimits = { ...defaultLimits, ...options }
  const end = measurer.now() + (options.seconds ?? 120)
  const decided: Decided[] = []
  for (const [i, problem] of problems.entries()) {
    const now = measurer.now()
    if (now >= end) return { decided, left: problems.slice(i).map(({ key }) => key) }
    const deadline = now + shareOf(end - now, problems.slice(i))
    const found = await searchProblem(problem, measurer, limits, deadline)
    const { key, uses, flops } = problem
    decided.push({ problem: { key, uses, flops }, ...found })
    options.onDecided?.({ done: i + 1, total: problems.length, decided: decided.at(-1)! })
  }
  return { decided, left: [] }
}

/** What a report adds to a cache. */
export const cacheOfReport = ({ adapter, decided }: Pick<TuningReport, "adapter" | "decided">): TuningCache =>
  cacheOf(
    adapter,
    Object.fromEntries(decided.flatMap(({ problem, entry }) => (entry === null ? [] : [[problem.key, entry]]))),
  )

/** A winner can open decisions of its own (a method's inner product): so many times more they are looked for. */
const passes = 3

/**
 * Tunes programs: collects the decisions that planning them takes, measures candidates within the time given, and
 * reports winners with every measurement. Candidates that do not compile, compute something else or do not answer lose.
 */
export const tunePrograms = async (
  programs: readonly TunedProgram[],
  planFor: PlanFor,
  adapter: string,
  measurer: Measurer,
  options: TuneOptions = {},
): Promise<TuningReport> => {
  const begin = measurer.now()
  const decided: Decided[] = []
  let left: readonly string[] = []
  for (let pass = 0; pass < passes; pass++) {
    const { choose } = tuningFrom([cacheOfReport({ adapter, decided })], adapter)
    const seen = new Set([...(options.known ?? []), ...decided.map(({ problem }) => problem.key)])
    const all = mergeProblems(programs.flatMap((program) => tuningProblems(program, planningFor(planFor, { choose }))))
    const problems = all.filter(({ key }) => !seen.has(key))
    const seconds = (options.seconds ?? 120) - (measurer.now() - begin)
    if (problems.length === 0) break
    const found = await tuneProblems(problems, measurer, { ...options, seconds })
    decided.push(...found.decided)
    left = found.left
  }
  return { adapter, decided, left, seconds: measurer.now() - begin }
}
