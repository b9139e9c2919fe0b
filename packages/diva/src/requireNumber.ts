import { raise } from "@diva/tensor"

/** A kind of number that a value of the method may be made with. */
interface Wanted {
  /** In words: "a number above 0". */
  readonly wanted: string
  readonly fits: (value: number) => boolean
}

export const above0: Wanted = { wanted: "a number above 0", fits: (value) => value > 0 && value < Infinity }

export const from0: Wanted = { wanted: "a number of at least 0", fits: (value) => value >= 0 && value < Infinity }

export const share: Wanted = { wanted: "a number above 0, at most 1", fits: (value) => value > 0 && value <= 1 }

export const count: Wanted = {
  wanted: "a whole number of at least 1",
  fits: (value) => Number.isSafeInteger(value) && value >= 1,
}

/** Refuses a number that a value of the method would take and compute something else with. Throws `InvalidAttribute`. */
export const requireNumber = (op: string, attribute: string, value: number, { wanted, fits }: Wanted): void => {
  if (!fits(value))
    raise({
      _tag: "InvalidAttribute",
      op,
      attribute,
      rule: `the ${attribute} of ${op} cannot be ${value}`,
      remedy: `give ${wanted}`,
    })
}
