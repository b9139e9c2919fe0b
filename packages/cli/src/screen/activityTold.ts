import type { Activity } from "@diva/diva"
import { Effect } from "effect"
import { renderProgress, warmEstimate } from "../render/progress.ts"
import type { Screen } from "./screen.ts"

/** Shows what a program does as the screen's status, with the time that remains where pieces are counted; nothing to who asked for data. */
export const activityTold = (
  screen: Screen["Service"],
  asJson: boolean,
  seconds: () => number = () => performance.now() / 1000,
): ((activity: Activity) => Effect.Effect<void>) => {
  let [what, begin, estimate] = ["", seconds(), warmEstimate()]
  const text = (activity: Activity): string => {
    if (activity.what !== what) [what, begin, estimate] = [activity.what, seconds(), warmEstimate()]
    const { done, total } = activity
    if (done === undefined || total === undefined) return what
    const elapsed = seconds() - begin
    return renderProgress({ done, total, elapsed, label: what, remaining: estimate(done, total, elapsed) })
  }
  const show = ({ blocks }: Activity) => (blocks === true && !screen.isTerminal ? screen.note : screen.status)
  return (activity) => (asJson ? Effect.void : Effect.suspend(() => show(activity)(text(activity))))
}
