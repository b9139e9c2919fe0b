/** Milliseconds that each turn of the event loop sleeps, growing while the wait lasts: short work is answered at once. */
const sleepFor = (turn: number): number => (turn < 4 ? 0 : turn < 40 ? 0.1 : 0.5)

/**
 * Waits for the device without taking a core from it. Dawn's Node binding polls on every turn of the event loop, which
 * on a software adapter costs its workers up to half the machine; sleeping inside the turns gives the core back.
 */
export const restWhile = async <A>(waiting: Promise<A>): Promise<A> => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let done = false
  let turn = 0
  const rest = (): void => {
    if (done) return
    const sleep = sleepFor(turn++)
    if (sleep > 0) Atomics.wait(cell, 0, 0, sleep)
    setImmediate(rest)
  }
  setImmediate(rest)
  try {
    return await waiting
  } finally {
    done = true
  }
}
