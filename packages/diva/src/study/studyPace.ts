/**
 * Tells the seconds that a study still takes, whenever a step begins, by what has ended since the first step did: that one also compiled.
 * Steps of other processes count. Undefined while nothing tells. No step begins after `deadline`, in seconds.
 */
export const studyPace = (deadline: number): ((done: number, total: number, now: number) => number | undefined) => {
  let atStart: number | undefined
  let warm: { readonly done: number; readonly at: number } | undefined
  return (done, total, now) => {
    atStart ??= done
    if (done === atStart) return undefined
    warm ??= { done, at: now }
    if (done <= warm.done) return undefined
    const each = (now - warm.at) / (done - warm.done)
    // The last step that begins before the deadline may end after it.
    return Math.min(each * (total - done), Math.max(0, deadline - now) + each)
  }
}
