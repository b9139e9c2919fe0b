import { trainBytePairs, type BytePairs } from "@diva/models"
import { Effect } from "effect"
import { captionOf } from "../data/example.ts"
import { openSource } from "../data/sampleSource.ts"
import { locate, shardStarts } from "../data/dataOrder.ts"
import { doing, doingInOnePiece } from "../doing.ts"

/** Samples whose captions a vocabulary is learnt from: spread evenly, for shards may be sorted. */
const most = 20_000

/**
 * Learns a byte-pair vocabulary of at most `size` tokens from the captions of shards. A function of the shards alone.
 * Errors: those of opening and reading them.
 */
export const learnVocabulary = Effect.fn("learnVocabulary")(function* (
  sources: string | readonly string[],
  size: number,
) {
  const source = yield* openSource(sources, "fail")
  const starts = shardStarts(source.shards.map(({ samples }) => samples))
  const count = starts.at(-1)!
  const every = Math.max(1, Math.ceil(count / most))
  const captions: string[] = []
  for (let at = 0; at < count; at += every) {
    yield* doing("reading captions", at, count)
    yield* source.read(locate(starts, at)).pipe(
      Effect.map((sample) => void captions.push(captionOf(sample))),
      Effect.catchTag("BadSample", () => Effect.void),
    )
  }
  yield* doingInOnePiece(`learning ${size} tokens from ${captions.length} captions`)
  const pairs: BytePairs = trainBytePairs(captions, size - 514)
  return pairs
})
