import { atLeast } from "../flags.ts"

/** A whole number that is not below the least. */
export const whole = (name: string, least: number, meaning: string, fallback: number) =>
  atLeast(name, meaning, least, fallback)
