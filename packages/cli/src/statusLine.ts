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

/** Seconds after which an unchanged status says for how long it has stood. */
const unchanged = 2

const lasting = (text: string, seconds: number): string => `${text}  (for ${Math.round(seconds)} s)`

/**
 * The status of a program, so that it is never silent for long. A terminal shows each one on its last line. A log gets the newest one
 * when nothing else was written for two seconds, then after twice as long each time, at last every fifteen seconds. One that does not change tells how
 * long it has stood.
 */
export const statusLine = ({ line, transient, milliseconds }: StatusWriter): StatusLine => {
  const now = (): number => milliseconds() / 1000
  let [text, since] = ["", now()]
  let [quietFrom, isDue] = [now(), logPace()]
  const log = (shown: string): void => {
    if (isDue(now() - quietFrom)) line(shown)
  }
  return {
    show: (next) => {
      if (next !== text) [text, since] = [next, now()]
      if (transient !== undefined) transient(text)
      else if (text !== "") log(text)
    },
    tick: () => {
      const age = now() - since
      if (text === "" || age < unchanged) return
      if (transient === undefined) log(lasting(text, age))
      else transient(lasting(text, age))
    },
    written: () => {
      ;[quietFrom, isDue] = [now(), logPace()]
    },
  }
}
