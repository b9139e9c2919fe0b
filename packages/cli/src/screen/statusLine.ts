import { logPace } from "@diva/diva"

/** What a status that lasts is written with. */
export interface StatusWriter {
  /** Writes a line that stays. */
  readonly line: (text: string) => void
  /** Replaces a terminal's last line; absent where there is no terminal. */
  readonly transient?: (text: string) => void
  readonly milliseconds: () => number
}

/** Shows what is being done. */
export interface StatusLine {
  /** Shows a new status; an empty one ends what was shown. */
  readonly show: (text: string) => void
  /** Looks whether the status is due again, because nothing was said for a while. */
  readonly tick: () => void
  /** Some other line was written: whoever reads has something new. */
  readonly written: () => void
}

/** Seconds after which an unchanged status says for how long it has stood, and between two that a terminal shows. */
const [unchanged, shortest] = [2, 0.05] as const

/** A status but for what it counts: only counts change faster than anyone reads. */
const uncounted = (text: string): string => text.replaceAll(/[\d.,█░]+/g, "")

const lasting = (text: string, seconds: number): string => `${text}  (for ${Math.round(seconds)} s)`

/**
 * The status of a program, so that it is never silent for long. A terminal shows each one on its last line. A log gets the newest one
 * when nothing else was written for two seconds, then after twice as long each time, at last every fifteen seconds. One that does not change tells how
 * long it has stood. What changes faster than anyone reads is shown now and then.
 */
export const statusLine = ({ line, transient, milliseconds }: StatusWriter): StatusLine => {
  const now = (): number => milliseconds() / 1000
  let [text, since] = ["", now()]
  let [quietFrom, isDue] = [now(), logPace()]
  let shown = { text: "", at: -Infinity }
  const log = (said: string): void => {
    if (isDue(now() - quietFrom)) line(said)
  }
  const put = (said: string): void => {
    transient?.(said)
    shown = { text: said, at: now() }
  }
  return {
    show: (next) => {
      if (next !== text) [text, since] = [next, now()]
      if (transient === undefined) return text === "" ? undefined : log(text)
      // Another one is put at once: what it names may leave no turn to show it later.
      if (text === "" || uncounted(text) !== uncounted(shown.text) || now() - shown.at >= shortest) put(text)
    },
    tick: () => {
      const age = now() - since
      const said = age < unchanged ? text : lasting(text, age)
      if (text === "") return
      if (transient !== undefined) return shown.text === said ? undefined : put(said)
      if (age >= unchanged) log(said)
    },
    written: () => {
      ;[quietFrom, isDue] = [now(), logPace()]
      shown = { ...shown, text: "" }
    },
  }
}
