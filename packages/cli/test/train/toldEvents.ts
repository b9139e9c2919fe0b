/** An event as a run tells it with `--json`. */
export interface Event {
  readonly event: string
  readonly update?: number
  readonly loss?: number
}

/** Events of a run, a line each. */
export const events = (out: readonly string[]): readonly Event[] => out.map((line) => JSON.parse(line) as Event)
