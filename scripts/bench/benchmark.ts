import { earlier } from "./earlier.ts"
import { benchArguments, type Arguments } from "./arguments.ts"
import { betterCeilings, compileProbe, type NativeCeilings } from "./ceilings.ts"
import {
  deviceOf,
  introductions,
  loadNow,
  machineFacts,
  nativeCeilings,
  subjectLine,
  type Ceilings,
  type Line,
} from "./line.ts"
import { converse, type Conversation, type Participant } from "./participant.ts"
import { peers } from "./peers.ts"
import { measureInRounds, type Round } from "./rounds.ts"
import type { About } from "./serve.ts"
import { median } from "./statistics.ts"
import { selectedSubjects, type Subject } from "./subject.ts"

/** A family of subjects, and the script that measures them with this library. */
export interface Family {
  readonly subjects: readonly Subject[]
  /** The same, small: whether everybody can, not how fast. */
  readonly tiny: readonly Subject[]
  /** Answers `serve`'s requests. */
  readonly worker: URL
}

const print = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

const ours = ({ worker }: Family): Participant => ({
  name: "diva",
  kind: "webgpu",
  command: [process.execPath, worker.pathname],
})

const participants = (family: Family, { against, peers: others }: Arguments): readonly Participant[] => [
  ours(family),
  ...(against === undefined ? [] : [earlier(against, family.worker)]),
  ...(others ? peers() : []),
]

const linesOf = (
  subject: Subject,
  { measured, others }: Round,
  known: ReadonlyMap<Conversation, About>,
  ceilings: Ceilings,
) => {
  const [first] = measured
  const reference = first === undefined || first.times.length === 0 ? undefined : first.times
  return measured
    .filter(({ why }) => why !== "not offered")
    .map((each, i) =>
      subjectLine(subject, each, others, deviceOf(known.get(each.by) ?? {}), ceilings, i === 0 ? undefined : reference),
    )
}

// Without a C compiler the adapter's own kernels say what the machine reaches.
const ceilingsFrom = (native: NativeCeilings | undefined, about: About | undefined): Ceilings =>
  native === undefined
    ? { probe: "wgsl", fma: Number(about?.["wgslFma"] ?? Infinity), copy: Number(about?.["wgslCopy"] ?? Infinity) }
    : nativeCeilings(native)

/**
 * Measures every subject with this library, with another checkout of it where `--against` names one and, asked for
 * `--peers`, with others, and prints a line for the machine and one for each subject and participant.
 */
export const benchmark = async (family: Family, settings: Arguments = benchArguments()): Promise<void> => {
  const subjects = selectedSubjects(settings.tiny ? family.tiny : family.subjects, settings.words)
  if (subjects.length === 0) return
  const loadBefore = loadNow()
  tell("measuring what this machine's cores reach …")
  using probe = compileProbe()
  const before = probe?.measure()
  const conversations = participants(family, settings).map(converse)
  tell(`starting ${conversations.map(({ participant }) => participant.name).join(", ")} …`)
  try {
    const known = await introductions(conversations)
    const measured = new Map<Subject, Round>()
    for (const [i, subject] of subjects.entries()) {
      tell(`subject ${i + 1} of ${subjects.length}: compiling and warming up ${nameOf(subject)} …`)
      measured.set(subject, await measureInRounds(conversations, subject, settings))
      tell(progress(subject, measured.get(subject)!))
    }
    const after = probe?.measure()
    const native = before === undefined || after === undefined ? before : betterCeilings(before, after)
    const ceilings = ceilingsFrom(native, known.get(conversations[0]!))
    const introduced = Object.fromEntries([...known].map(([{ participant }, about]) => [participant.name, about]))
    const load = { before: loadBefore, after: loadNow() }
    print({ machine: machineFacts(), ceilings, load, participants: introduced })
    for (const [subject, all] of measured) linesOf(subject, all, known, ceilings).forEach(print)
  } finally {
    conversations.forEach((each) => each.end())
  }
}

const nameOf = ({ name, sizes }: Subject): string => `${name} ${Object.values(sizes).join("×")}`

const progress = (subject: Subject, { measured, others }: Round): string => {
  const each = measured
    .filter(({ why }) => why !== "not offered")
    .map(
      ({ by, times, why }) => `${by.participant.name} ${why?.split("\n")[0] ?? `${median(times).toPrecision(3)} ms`}`,
    )
  return `${nameOf(subject)}: ${each.join(" · ")} (others ${(100 * others).toFixed(0)} %)`
}
