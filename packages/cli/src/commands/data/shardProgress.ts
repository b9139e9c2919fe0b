import type { MadeShards, RowStatus, ShardStats } from "@diva/diva"
import { counted, columns } from "@diva/tensor"
import { Effect, Ref } from "effect"
import { progressLine } from "../../screen/progressLine.ts"
import { showCount } from "../../text/number.ts"

/** Tells rows as they are done. `total`: 0 where nobody knows how many there are. */
export const shardProgress = Effect.fnUntraced(function* (total: number) {
  const line = yield* progressLine()
  const rows = yield* Ref.make({ done: 0, good: 0 })
  const show = Effect.flatMap(Ref.get(rows), ({ done, good }) =>
    line.show({ done, total: Math.max(total, done), label: counted(good, "picture") }),
  )
  return {
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
      `${showCount(failures)} failed and ${showCount(duplicates)} were duplicates`,
    ...columns(shown, ["right", "left"]),
    ...(reasons.length > shownReasons ? [`  … and ${reasons.length - shownReasons} more reasons`] : []),
  ].join("\n")
}
