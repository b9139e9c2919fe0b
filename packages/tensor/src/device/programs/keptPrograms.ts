import type { Compiled } from "./compile.ts"
import { formDifference, type Form } from "./jitForm.ts"

/** Compilations, and dropped forms, that reasons are remembered of: programs of ever new shapes must not fill the memory. */
export const remembered = 256

type Program = Compiled<unknown, unknown>

interface Kept {
  readonly form: Form
  readonly program: Promise<Program>
}

/** Compiled programs by the forms of their arguments, the one used last behind the others. */
export interface KeptPrograms {
  /** The program of a form: the one that is kept, or what `compile` makes for the reason that there is none. */
  readonly programFor: (form: Form, compile: (reason: string) => Promise<Program>) => Promise<Program>
  /** Drops those that were not used for longest until no more than `keep` are left. */
  readonly dropOldest: () => void
  readonly dispose: () => void
}

const reasonFor = (form: Form, kept: ReadonlyMap<string, Kept>, dropped: ReadonlySet<string>, keep: number): string => {
  if (dropped.has(form.key)) return `it was dropped for others since: ${keep} are kept (option keep)`
  if (kept.size === 0) return "the first call"
  const differences = [...kept.values()].map((other) => formDifference(form, other.form))
  return differences.toSorted((a, b) => a.length - b.length)[0]!.text
}

export const keptPrograms = (keep: number): KeptPrograms => {
  const kept = new Map<string, Kept>()
  const dropped = new Set<string>()

  const forget = (key: string): void => {
    const held = kept.get(key)
    kept.delete(key)
    void held?.program.then(
      (compiled) => compiled.dispose(),
      () => {},
    )
  }

  return {
    programFor: (form, compile) => {
      const held = kept.get(form.key)
      kept.delete(form.key)
      const entry = held ?? { form, program: compile(reasonFor(form, kept, dropped, keep)) }
      kept.set(form.key, entry)
      // A program that did not compile is tried anew at the next call, which may be mended.
      if (held === undefined) entry.program.catch(() => kept.get(form.key) === entry && kept.delete(form.key))
      return entry.program
    },
    dropOldest: () => {
      for (const key of kept.keys()) {
        if (kept.size <= keep) return
        dropped.add(key)
        if (dropped.size > remembered) dropped.delete(dropped.values().next().value!)
        forget(key)
      }
    },
    dispose: () => [...kept.keys()].forEach(forget),
  }
}
