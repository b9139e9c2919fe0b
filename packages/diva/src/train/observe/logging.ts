import { Effect } from "effect"
import type { FileError } from "@diva/models"
import { Events } from "./events.ts"
import type { Observer } from "./observer.ts"

/** Tells every update to the run's events. */
export const logging: Observer<FileError, Events> = {
  name: "logging",
  every: 1,
  observe: ({ step }) => (step === undefined ? Effect.void : Effect.flatMap(Events, ({ publish }) => publish(step))),
}
