import { setTimeout as pause } from "node:timers/promises"
import type { Conversation } from "./participant.ts"
import { isQuiet, untilQuiet, watchOthers } from "./others.ts"
import type { Subject } from "./subject.ts"

export interface RoundOptions {
  /** Measured turns of each participant. */
  readonly rounds: number
  /** Once a participant has had three turns, another only while its turns took less than so many seconds. */
  readonly seconds: number
  /** Seconds to wait for a quiet machine, before each attempt at a subject. */
  readonly patience: number
}

/** A subject measured by all, while others used a share of the cores. */
export interface Round {
  readonly measured: readonly Measured[]
  readonly others: number
}

/** What one participant took for one subject: milliseconds of one run, per turn; or why not. */
export interface Measured {
  readonly by: Conversation
  readonly times: readonly number[]
  /** Runs per turn. */
  readonly repeats: number
  /** Milliseconds of compiling and running first. */
  readonly first: number
  readonly facts: Readonly<Record<string, number>>
  readonly why?: string
}

interface Turns {
  readonly by: Conversation
  readonly first: number
  repeats: number
  times: number[]
  facts: Readonly<Record<string, number>>
  why?: string
}

const fewestTurns = 3
/**
 * Short subjects run several times a turn, so that a turn is long beside what waking up takes: cores that have rested while
 * others had their turns need tens of milliseconds to be as fast as before, which whoever runs for longer hardly notices.
 */
const turnMilliseconds = 150
const mostRepeats = 64
const warmRuns: Partial<Record<Subject["name"], number>> = { microStep: 20 }

const settle = ({ by: { participant } }: Turns): Promise<void> => pause(participant.settles ?? 20)

const takeTurn = async (turns: Turns): Promise<void> => {
  const { ms, facts, why } = await turns.by.ask({ do: "run", repeats: turns.repeats })
  await settle(turns)
  if (ms === undefined) turns.why = why ?? "no time"
  else turns.times.push(ms / turns.repeats)
  turns.facts = facts ?? turns.facts
}

const begin = async (by: Conversation, subject: Subject): Promise<Turns> => {
  const { ms, why } = await by.ask({ do: "prepare", subject })
  const turns: Turns = { by, first: ms ?? Number.NaN, repeats: 1, times: [], facts: {} }
  if (ms === undefined) return { ...turns, why: why ?? "no time" }
  await settle(turns)
  // The second run is warm in every library and tells how long one takes; it does not count. Neither do more of them where
  // what JavaScript takes is measured: in training it has been compiled long since.
  for (let run = 0; run < (warmRuns[subject.name] ?? 1); run++) await takeTurn(turns)
  const once = turns.times.at(-1) ?? turnMilliseconds
  turns.repeats = Math.max(1, Math.min(mostRepeats, Math.ceil(turnMilliseconds / once)))
  turns.times = []
  return turns
}

const spent = ({ times, repeats }: Turns): number => (times.reduce((sum, ms) => sum + ms, 0) * repeats) / 1000

const goesOn = (turns: Turns, { seconds }: RoundOptions): boolean =>
  turns.why === undefined && (turns.times.length < fewestTurns || spent(turns) < seconds)

const oneRound = async (all: readonly Turns[], round: number, options: RoundOptions): Promise<void> => {
  for (const i of all.keys()) {
    // Another begins each round, so that nobody always follows the same neighbour.
    const turns = all[(i + round) % all.length]!
    if (goesOn(turns, options)) await takeTurn(turns)
  }
}

const measureOnce = async (
  conversations: readonly Conversation[],
  subject: Subject,
  options: RoundOptions,
): Promise<Round> => {
  const all: Turns[] = []
  for (const each of conversations) all.push(await begin(each, subject))
  // Processes have started by now; those of participants that died meanwhile would count as others.
  const others = watchOthers(pidsOf(conversations))
  for (let round = 0; round < options.rounds; round++) await oneRound(all, round, options)
  const share = others()
  for (const { by } of all) await by.ask({ do: "drop" })
  return { measured: all, others: share }
}

const pidsOf = (conversations: readonly Conversation[]) => () => conversations.map(({ pid }) => pid())

const mostAttempts = 2

/**
 * Measures one subject with every participant in turn, round after round, so that noise hits all alike. Where others used
 * the cores meanwhile it waits for them, as long as `patience` lasts, and measures again; the quietest attempt counts.
 */
export const measureInRounds = async (
  conversations: readonly Conversation[],
  subject: Subject,
  options: RoundOptions,
): Promise<Round> => {
  let best: Round | undefined
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    await untilQuiet(options.patience, pidsOf(conversations))
    const round = await measureOnce(conversations, subject, options)
    if (best === undefined || round.others < best.others) best = round
    if (options.patience === 0 || isQuiet(best.others)) break
  }
  return best!
}
