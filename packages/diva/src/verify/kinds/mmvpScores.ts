import { scorePair } from "../../evaluate/mmvp/pairScore.ts"
import { Effect } from "effect"
import { recordIn } from "../documentFields.ts"
import { exactly } from "../exact.ts"
import { notUnderstood, type GroupResult } from "../group.ts"
import type { SupportedKind } from "../kind.ts"
import { readMmvpCase } from "../mmvp/mmvpCase.ts"
import { compareScores } from "../mmvp/mmvpExpected.ts"
import { mmvpLogits } from "../mmvp/mmvpLogits.ts"
import { compareStored } from "../mmvp/mmvpStored.ts"

/** Fields of a case's document that this reader knows, what it says about itself included. */
const knownFields: ReadonlySet<string> = new Set(
  (
    "case set source flavour notes rule clip_config weights random_draws tolerance scores_percent predictions csv_header " +
    "min_margin_from_0.5 average_score_with_other_random_draws"
  ).split(" "),
)

/** MMVP as the method scores it: pictures and texts through both towers, and the scores of every pair. */
export const mmvpScores: SupportedKind = {
  name: "MMVP scores",
  accepts: (document) =>
    recordIn(document, "scores_percent") !== undefined &&
    recordIn(document, "clip_config") !== undefined &&
    typeof document["weights"] === "string",
  run: (found) =>
    Effect.gen(function* () {
      const read = yield* readMmvpCase(found)
      const listed: GroupResult = {
        name: "weights",
        tensors: [exactly(`${read.names} names and shapes`, true)],
        passed: true,
      }
      const stored = yield* compareStored(read)
      const logits = yield* mmvpLogits(read)
      const outcomes = read.data.pairs.map(({ questions: [first, second], category }, i) =>
        scorePair({ qid1: first.id, qid2: second.id, category }, logits[i]!),
      )
      const scores = yield* compareScores(found, outcomes)
      const fields = Object.keys(found.document).filter((field) => !knownFields.has(field))
      return [
        listed,
        ...stored.groups,
        ...scores,
        ...notUnderstood([...fields.map((field) => `field "${field}"`), ...stored.unknown]),
      ]
    }),
}
