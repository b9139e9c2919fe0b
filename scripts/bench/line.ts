import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os"
import type { NativeCeilings } from "./ceilings.ts"
import { highestFma } from "./ceilings.ts"
import type { Conversation } from "./participant.ts"
import type { Measured } from "./rounds.ts"
import type { About } from "./serve.ts"
import { median, quantile } from "./statistics.ts"
import { showSizes, type Subject } from "./subject.ts"
import { workOf } from "./work.ts"

/** What shares are taken of: operations and bytes per second. */
export interface Ceilings {
  /** Which probe found them: native code, or kernels on the adapter where there is no C compiler. */
  readonly probe: "native" | "wgsl"
  readonly fma: number
  readonly copy: number
  readonly native?: NativeCeilings
}

/** One subject measured by one participant. Milliseconds per run. */
export interface SubjectLine {
  readonly subject: Subject["name"]
  readonly shape: string
  readonly sizes: Readonly<Record<string, number>>
  readonly by: string
  readonly kind: string
  readonly device: string
  /** Measured turns, and runs in each. */
  readonly n: number
  readonly repeats: number
  readonly median: number
  readonly p10: number
  readonly p90: number
  /** Compiling and running first. */
  readonly first: number
  readonly flops: number
  readonly bytes: number
  /** Shares of the measured ceilings, 0 to 1. */
  readonly ofFma: number
  readonly ofCopy: number
  /** This participant's median by the first participant's. */
  readonly ratio?: number
  /** The same turn by turn, as far as both had turns: the median of the ratios, the smallest and the largest. */
  readonly paired?: { readonly median: number; readonly low: number; readonly high: number }
  /** Share of all cores that other processes used while the subject was measured. */
  readonly others: number
  readonly facts: Readonly<Record<string, number>>
  readonly why?: string
}

/** Where and among whom a family of subjects was measured. */
export interface MachineLine {
  readonly machine: {
    readonly processor: string
    readonly cores: number
    readonly memory: number
    readonly system: string
    readonly node: string
  }
  readonly ceilings: Ceilings
  /** Processes that wanted a core, averaged over the minute before and the last one: this benchmark's own are among them. */
  readonly load: { readonly before: number; readonly after: number }
  readonly participants: Readonly<Record<string, About>>
}

/** Milliseconds of a start: opening the adapter, tracing to pipelines, and the first run. */
export type StartTimes = Readonly<Record<"opened" | "compiled" | "ran" | "all", number>>

/** A cold start, in a process whose driver has nothing cached and in another with what that one left. */
export interface ColdStartLine {
  readonly coldStart: string
  readonly pipelines: number
  readonly dispatches: number
  readonly firstProcess: StartTimes
  readonly secondProcess: StartTimes
}

/** A program planned for this adapter and not run. */
export interface PlannedLine {
  readonly planned: string
  readonly dispatches: number
  /** Distinct shaders. */
  readonly pipelines: number
  readonly flops: number
  readonly peakBytes: number
  readonly milliseconds: number
}

/** A micro-step of full size that was run, and its parts by themselves. */
export interface FullStepLine {
  readonly fullStep: string
  /** How the frozen weights are stored. */
  readonly frozen: "f32" | "f16"
  readonly dispatches: number
  /** Seconds of the first run, in which the driver compiles what it has not cached, and of a warm one. */
  readonly first: number
  readonly seconds: number
  readonly flops: number
  readonly predictedBytes: number
  /** What the device held, and the whole process. */
  readonly liveBytes: number
  readonly residentBytes: number
  readonly losses: readonly number[]
  /** Multiply-adds per second that native code reaches in registers of 256 bits; 0 where nothing could measure it. */
  readonly fma: number
  readonly parts: readonly {
    readonly part: string
    readonly seconds: number
    readonly flops: number
    readonly peakBytes: number
  }[]
}

/** When a recorded run was made, and how it was asked for. */
export interface RunLine {
  readonly run: { readonly date: string; readonly command: string }
}

/** A run in which another checkout took part: the lines that it printed. */
export interface ComparedLine {
  readonly compared: {
    readonly date: string
    readonly command: string
    readonly lines: readonly (SubjectLine | MachineLine)[]
  }
}

export type Line = ComparedLine | SubjectLine | MachineLine | ColdStartLine | PlannedLine | FullStepLine | RunLine

export const machineFacts = (): MachineLine["machine"] => ({
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memory: totalmem(),
  system: `${type()} ${release()}`,
  node: process.versions.node,
})

export const loadNow = (): number => loadavg()[0] ?? 0

export const nativeCeilings = (native: NativeCeilings): Ceilings => ({
  probe: "native",
  fma: highestFma(native),
  copy: native.copy,
  native,
})

const rounded = (value: number): number => Number(value.toPrecision(4))

const share = (amount: number, milliseconds: number, ceiling: number): number =>
  rounded(amount / (milliseconds / 1000) / ceiling)

/** Ratios of turns that two participants had one after the other: what slows the machine for a while hardly shows in them. */
const pairedRatios = (times: readonly number[], reference: readonly number[]): NonNullable<SubjectLine["paired"]> => {
  const ratios = reference.slice(0, times.length).map((ms, turn) => times[turn]! / ms)
  const [low, middle, high] = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map(rounded)
  return { median: middle!, low: low!, high: high! }
}

const comparedWith = (times: readonly number[], reference: readonly number[]): Pick<SubjectLine, "ratio" | "paired"> =>
  times.length === 0
    ? {}
    : { ratio: rounded(median(times) / median(reference)), paired: pairedRatios(times, reference) }

/** A participant's times as one line; `reference` are the times of whom others are compared with. */
export const subjectLine = (
  subject: Subject,
  { by: { participant }, times, repeats, first, facts, why }: Measured,
  others: number,
  device: string,
  ceilings: Ceilings,
  reference: readonly number[] | undefined,
): SubjectLine => {
  const { flops, bytes } = workOf(subject)
  const middle = median(times)
  return {
    subject: subject.name,
    shape: showSizes(subject),
    sizes: { ...subject.sizes },
    by: participant.name,
    kind: participant.kind,
    device,
    n: times.length,
    repeats,
    median: rounded(middle),
    p10: rounded(quantile(times, 0.1)),
    p90: rounded(quantile(times, 0.9)),
    first: rounded(first),
    flops,
    bytes,
    ofFma: share(flops, middle, ceilings.fma),
    ofCopy: share(bytes, middle, ceilings.copy),
    ...(reference === undefined ? {} : comparedWith(times, reference)),
    others: rounded(others),
    facts,
    ...(why === undefined ? {} : { why }),
  }
}

export const deviceOf = (about: About): string => String(about["device"] ?? "")

export const introductions = async (all: readonly Conversation[]): Promise<ReadonlyMap<Conversation, About>> => {
  const known = new Map<Conversation, About>()
  for (const each of all) known.set(each, (await each.ask({ do: "about" })).about ?? {})
  return known
}
