import { sameChoice, type Choice } from "../kernels/way/choice.ts"
import type { Measurement, TuningEntry } from "../decisions/cache.ts"
import type { TuningProblem } from "./collect.ts"
import { candidatesChecksum } from "../decisions/candidatesChecksum.ts"

/** A candidate that has been compiled and has run once. */
export interface Contender {
  /** Seconds of one run on the adapter. */
  readonly run: () => Promise<number>
  /** Largest difference to another contender's result, relative to that result's largest number. */
  readonly differsFrom: (reference: Contender) => number
  readonly dispose: () => void
}

/** Why a candidate could not be measured. `timeout`: it did not answer in time. */
export interface Loss {
  readonly _tag: "Loss"
  readonly outcome: "invalid" | "timeout"
  readonly reason: string
}

/** What measures: an adapter, or a table in a test. Both of its promises answer in bounded time. */
export interface Measurer {
  /** Seconds on some clock. */
  readonly now: () => number
  /** Compiles a candidate and runs it once. */
  readonly prepare: (problem: TuningProblem, choice: Choice) => Promise<Contender | Loss>
  /** Times one run. */
  readonly time: (contender: Contender) => Promise<number | Loss>
}

export interface SearchLimits {
  /** Most candidates of one problem. */
  readonly candidates: number
  /** Candidates that go on to the interleaved rounds; the untuned one always does. */
  readonly finalists: number
  /** Interleaved rounds. */
  readonly rounds: number
  /** Largest difference from the exact result, relative to its largest number. */
  readonly tolerance: number
  /** Gain below which the untuned choice stays: what noise makes of equal candidates. */
  readonly margin: number
  /** Pairs of runs between the untuned choice and its challenger, of which it must win two thirds. */
  readonly duels: number
}

export const defaultLimits: SearchLimits = {
  candidates: 24,
  finalists: 4,
  rounds: 5,
  tolerance: 2e-3,
  margin: 0.03,
  duels: 9,
}

export const isLoss = (value: unknown): value is Loss =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Loss"

interface Entrant {
  readonly choice: Choice
  readonly contender: Contender
  readonly times: number[]
  loss: Loss | null
}

const middle = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : ((sorted[half - 1] ?? Infinity) + (sorted[half] ?? Infinity)) / 2
}

const timeOf = ({ times, loss }: Entrant): number => (loss !== null || times.length === 0 ? Infinity : middle(times))

const measurementOf = ({ choice, times, loss }: Entrant): Measurement => ({
  choice,
  outcome: loss?.outcome ?? "measured",
  milliseconds: times.map((seconds) => Number((seconds * 1000).toPrecision(4))),
  ...(loss === null ? {} : { reason: loss.reason }),
})

const lost = (choice: Choice, outcome: Measurement["outcome"], reason: string): Measurement => ({
  choice,
  outcome,
  milliseconds: [],
  reason,
})

const addTime = async (measurer: Measurer, entrant: Entrant): Promise<void> => {
  if (entrant.loss !== null) return
  const seconds = await measurer.time(entrant.contender)
  if (isLoss(seconds)) entrant.loss = seconds
  else entrant.times.push(seconds)
}

interface Trial {
  /** What results are held against: the exact one, whatever the candidates compute with. */
  readonly reference: Contender | null
  readonly entrants: Entrant[]
  readonly measurements: Measurement[]
}

// The slowest so far leaves, never the first: it is what the others are measured against.
const dropSlowest = ({ entrants, measurements }: Trial, keep: number): void => {
  if (entrants.length <= keep) return
  const slowest = entrants.slice(1).reduce((a, b) => (timeOf(b) > timeOf(a) ? b : a))
  entrants.splice(entrants.indexOf(slowest), 1)
  measurements.push(measurementOf(slowest))
  slowest.contender.dispose()
}

const tryCandidate = async (
  problem: TuningProblem,
  choice: Choice,
  measurer: Measurer,
  limits: SearchLimits,
  trial: Trial,
): Promise<void> => {
  const contender = await measurer.prepare(problem, choice)
  if (isLoss(contender)) return void trial.measurements.push(lost(choice, contender.outcome, contender.reason))
  const reference = trial.reference ?? trial.entrants[0]?.contender
  const difference = reference === undefined ? 0 : contender.differsFrom(reference)
  if (!(difference <= limits.tolerance)) {
    contender.dispose()
    const rule = `differs from the exact result by ${difference.toExponential(1)}, allowed ${limits.tolerance}`
    return void trial.measurements.push(lost(choice, "wrong", rule))
  }
  const entrant: Entrant = { choice, contender, times: [], loss: null }
  await addTime(measurer, entrant)
  trial.entrants.push(entrant)
  dropSlowest(trial, Math.max(2, limits.finalists))
}

/** Rounds that are played even when time is up: one time alone says little on a busy machine. */
const leastRounds = 3

/** Share of a problem's time for trying candidates; the rest is for the rounds. */
const tryingShare = 0.8

// Every other round goes backwards, so that a machine that slows down slows all alike.
const playRounds = async ({ entrants }: Trial, measurer: Measurer, rounds: number, deadline: number): Promise<void> => {
  for (let round = 1; round < rounds && (round < leastRounds || measurer.now() < deadline); round++)
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) await addTime(measurer, entrant)
}

/** Whether `challenger` beats `first` when only the two run, in pairs: the fastest of many owes its place partly to luck. */
const winsDuel = async (
  measurer: Measurer,
  first: Entrant,
  challenger: Entrant,
  { duels, margin }: SearchLimits,
): Promise<boolean> => {
  const before = first.times.length
  const beforeChallenger = challenger.times.length
  for (let round = 0; round < duels; round++)
    for (const entrant of round % 2 === 0 ? [first, challenger] : [challenger, first]) await addTime(measurer, entrant)
  if (challenger.loss !== null) return false
  if (first.loss !== null) return true
  const [untuned, tuned] = [first.times.slice(before), challenger.times.slice(beforeChallenger)]
  const won = tuned.filter((time, i) => time < untuned[i]!).length
  return 3 * won >= 2 * duels && middle(untuned) >= (1 + margin) * middle(tuned)
}

const fastestOf = (entrants: readonly Entrant[]): Entrant => entrants.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a))

const winnerOf = async ({ entrants }: Trial, measurer: Measurer, limits: SearchLimits): Promise<Entrant | null> => {
  const first = entrants[0]
  if (first === undefined) return null
  const fastest = fastestOf(entrants)
  if (timeOf(fastest) === Infinity) return null
  const leads = fastest !== first && timeOf(first) >= (1 + limits.margin) * timeOf(fastest)
  return leads && (await winsDuel(measurer, first, fastest, limits)) ? fastest : timeOf(first) < Infinity ? first : null
}

const entryOf = (
  { decision }: TuningProblem,
  { entrants }: Trial,
  winner: Entrant,
  measurements: readonly Measurement[],
): TuningEntry => {
  const gain = timeOf(entrants[0]!) / timeOf(winner)
  return {
    candidates: candidatesChecksum(decision.candidates),
    winner: winner.choice,
    gain: winner === entrants[0] ? 1 : Number(Math.min(gain, 1e6).toPrecision(3)),
    measurements,
  }
}

/** What a search found: an entry unless no candidate could be measured, and in any case how each candidate ended. */
export interface Searched {
  readonly entry: TuningEntry | null
  readonly measurements: readonly Measurement[]
}

// Where the first candidate computes exactly it is the reference itself, as long as it works.
const referenceOf = async (problem: TuningProblem, measurer: Measurer): Promise<Contender | Loss | null> => {
  const { reference, candidates } = problem.decision
  return sameChoice(reference, candidates[0]) ? null : measurer.prepare(problem, reference)
}

const nothingToHoldAgainst = ({ decision }: TuningProblem, { reason }: Loss): Searched => ({
  entry: null,
  measurements: decision.candidates.map((choice) =>
    lost(choice, "skipped", `no exact result to compare with: ${reason}`),
  ),
})

/**
 * Decides one problem: every candidate is compiled, run and held against the result of the exact choice; the fastest few and
 * the untuned choice then run in interleaved rounds. The smallest median is the challenger, and wins if it also beats the
 * untuned choice when the two alone run in turns. Near `deadline` no further candidate is tried.
 */
export const searchProblem = async (
  problem: TuningProblem,
  measurer: Measurer,
  limits: SearchLimits,
  deadline: number,
): Promise<Searched> => {
  const begin = measurer.now()
  const reference = await referenceOf(problem, measurer)
  if (isLoss(reference)) return nothingToHoldAgainst(problem, reference)
  const trial: Trial = { reference, entrants: [], measurements: [] }
  const tried = problem.decision.candidates.slice(0, limits.candidates)
  const lastTry = begin + tryingShare * (deadline - begin)
  try {
    for (const [i, choice] of problem.decision.candidates.entries())
      if (i < tried.length && (i === 0 || measurer.now() < lastTry))
        await tryCandidate(problem, choice, measurer, limits, trial)
      else trial.measurements.push(lost(choice, "skipped", i < tried.length ? "out of time" : "too many candidates"))
    await playRounds(trial, measurer, limits.rounds, deadline)
    const winner = await winnerOf(trial, measurer, limits)
    const measurements = [...trial.entrants.map(measurementOf), ...trial.measurements]
    return { entry: winner === null ? null : entryOf(problem, trial, winner, measurements), measurements }
  } finally {
    reference?.dispose()
    for (const { contender } of trial.entrants) contender.dispose()
  }
}
