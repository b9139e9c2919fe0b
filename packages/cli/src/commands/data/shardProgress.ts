import type { MadeShards, RowStatus, ShardStats } from "@diva/diva"
import { counted, columns } from "@diva/tensor"
import { Effect, Ref } from "effect"
import { progressLine } from "../../screen/progressLine.ts"
import { showCount } from "../../text/number.ts"

/** Tells rows as they are done: of how many, once `onFound` has heard it. */
export const shardProgress = Effect.fnUntraced(function* (asJson: boolean) {
  const line = yield* progressLine(asJson)
  const total = yield* Ref.make<number | undefined>(undefined)
  const rows = yield* Ref.make({ done: 0, good: 0 })
  const show = Effect.gen(function* () {
    const [{ done, good }, all] = [yield* Ref.get(rows), yield* Ref.get(total)]
    yield* line.show({ done, ...(all === undefined ? {} : { total: all }), label: `rows, ${counted(good, "picture")}` })
  })
  return {
    onFound: (pictures: number) => Ref.set(total, pictures),
    onRow: (status: RowStatus) =>
      Effect.andThen(
        Ref.update(rows, ({ done, good }) => ({ done: done + 1, good: good + (status === "success" ? 1 : 0) })),
        show,
      ),
    onShard: (_shard: number, { count, successes }: ShardStats, wasDone: boolean) =>
      wasDone ? Ref.update(rows, ({ done, good }) => ({ done: done + count, good: good + successes })) : Effect.void,
    clear: line.clear,
  }
})

const shownReasons = 12

/** What was made, and what failed by reason, the most frequent first. */
export const renderMade = (
  { shards, count, successes, duplicates, failures, status }: MadeShards,
  folder: string,
): string => {
  const reasons = Object.entries(status)
    .filter(([reason]) => reason !== "success")
    .toSorted(([, a], [, b]) => b - a)
  const shown = reasons.slice(0, shownReasons).map(([reason, times]) => [`  ${showCount(times)}`, reason])
  return [
    `${folder} holds ${counted(successes, "picture")} in ${counted(shards, "shard")}: of ${counted(count, "row")} ` +
      `${showCount(failures)} failed and ${counted(duplicates, "was a duplicate", "were duplicates")}`,
    ...columns(shown, ["right", "left"]),
    ...(reasons.length > shownReasons ? [`  … and ${counted(reasons.length - shownReasons, "more reason")}`] : []),
  ].join("\n")
}
