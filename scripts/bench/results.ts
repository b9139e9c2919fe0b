import type {
  ColdStartLine,
  ComparedLine,
  FullStepLine,
  Line,
  MachineLine,
  PlannedLine,
  RunLine,
  SubjectLine,
} from "./line.ts"

/** The lines of a run by what they tell. */
export interface Results {
  readonly runs: readonly RunLine["run"][]
  readonly machines: readonly MachineLine[]
  readonly subjects: readonly SubjectLine[]
  readonly starts: readonly ColdStartLine[]
  readonly planned: readonly PlannedLine[]
  readonly fullSteps: readonly FullStepLine[]
  readonly compared: readonly ComparedLine["compared"][]
}

/** This library's name among the participants. */
export const self = "diva"

/** Reads JSON lines. */
export const linesOf = (text: string): readonly Line[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line)

export const resultsOf = (lines: readonly Line[]): Results => ({
  runs: lines.flatMap((line) => ("run" in line ? [line.run] : [])),
  machines: lines.filter((line) => "machine" in line),
  subjects: lines.filter((line) => "subject" in line),
  starts: lines.filter((line) => "coldStart" in line),
  planned: lines.filter((line) => "planned" in line),
  fullSteps: lines.filter((line) => "fullStep" in line),
  compared: lines.flatMap((line) => ("compared" in line ? [line.compared] : [])),
})

/** What a later line takes the place of. */
const placeOf = (line: Line): string | undefined => {
  if ("subject" in line) return `subject ${line.subject} ${line.shape}`
  if ("compared" in line) return "compared"
  if ("coldStart" in line) return `start ${line.coldStart}`
  if ("fullStep" in line) return `full ${line.fullStep} ${line.frozen}`
  return "planned" in line ? `plan ${line.planned}` : undefined
}

/** Earlier lines with what was measured later: in their places, the rest behind. */
export const amended = (earlier: readonly Line[], later: readonly Line[]): readonly Line[] => {
  const replacing = Map.groupBy(later, placeOf)
  const known = new Set(earlier.map(placeOf).filter((place) => place !== undefined))
  const seen = new Set<string>()
  const kept = earlier.flatMap((line) => {
    const place = placeOf(line)
    const fresh = place === undefined ? undefined : replacing.get(place)
    if (place === undefined || fresh === undefined) return [line]
    if (seen.has(place)) return []
    seen.add(place)
    return fresh
  })
  return [...kept, ...later.filter((line) => !known.has(placeOf(line) ?? ""))]
}

/** Lines of one subject, this library's first. */
export const linesFor = ({ subjects }: Results, subject: string, shape: string): readonly SubjectLine[] =>
  subjects.filter((line) => line.subject === subject && line.shape === shape)

const measured = (line: SubjectLine): boolean => line.n > 0

export const ownLine = (results: Results, subject: string, shape: string): SubjectLine | undefined =>
  linesFor(results, subject, shape).find((line) => line.by === self && measured(line))

/** The fastest peer that measured the subject, of those that `among` admits. */
export const bestPeer = (
  results: Results,
  subject: string,
  shape: string,
  among: (line: SubjectLine) => boolean,
): SubjectLine | undefined =>
  linesFor(results, subject, shape)
    .filter((line) => line.by !== self && measured(line) && among(line))
    .toSorted((a, b) => a.median - b.median)[0]

/** Registers of 256 bits are what the software adapter computes in, whatever wider ones the processor has. */
const driverBits = "256"

/** A subject's share of the multiply-adds that native code reaches in registers as wide as the adapter's driver uses. */
export const ofDriverFma = ({ machines }: Results, { flops, median, ofFma }: SubjectLine): number => {
  const ceiling = Math.max(...machines.map(({ ceilings }) => ceilings.native?.fma[driverBits] ?? 0))
  return ceiling > 0 ? flops / (median / 1000) / ceiling : ofFma
}
