import * as E from "fp-ts/lib/Either.js"
import { ConfigInvalid } from "../files/configInvalid.ts"
import type { Loss } from "../objective/loss.ts"
import { chosen, type NoChoice } from "./choices.ts"
import { methodChoices } from "./methodChoices.ts"

/** The error that a text names: `mse`, `huber(0.5)`, `min-snr(5)`. Errors: `ConfigInvalid`, with the nearest name. */
export const lossNamed = (text: string): E.Either<ConfigInvalid, Loss> =>
  E.mapLeft((none: NoChoice) => new ConfigInvalid({ field: "loss", ...none }))(chosen<Loss>(methodChoices.loss, text))
