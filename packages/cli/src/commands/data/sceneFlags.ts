import { Flag } from "effect/cli"

/** A whole number that is not below the least. */
export const whole = (name: string, least: number, meaning: string, fallback: number) =>
  Flag.Int(name).pipe(
    Flag.withDescription(`${meaning} (${fallback})`),
    Flag.filter(
      (value) => value >= least,
      (value) => `${value} is below ${least}`,
    ),
    Flag.withDefault(fallback),
  )
