import { readFileSync } from "node:fs"
import { cpus } from "node:os"
import { setTimeout as pause } from "node:timers/promises"

/** Milliseconds of all cores since the machine started. */
interface CoreTimes {
  readonly busy: number
  readonly all: number
}

const coreTimes = (): CoreTimes => {
  const times = cpus().map((core) => core.times)
  const all = times.reduce((sum, each) => sum + Object.values(each).reduce((a, b) => a + b, 0), 0)
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all }
}

/** Linux counts processor time in hundredths of a second. */
const tick = 10

// Fields 14 and 15 of stat, counted from behind the program's name, which may contain spaces.
const processTime = (pid: number | undefined): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
    return tick * (Number(fields[11]) + Number(fields[12]))
  } catch {
    return 0
  }
}

const ownTime = (pids: readonly (number | undefined)[]): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 + pids.reduce<number>((sum, pid) => sum + processTime(pid), 0)
}

/**
 * Begins to watch the cores; the answer, asked for later, is the share of their time since then that processes other than
 * this one and those of `pids` have used. A process that ends in between counts among the others.
 */
export const watchOthers = (pids: () => readonly (number | undefined)[]): (() => number) => {
  const [begin, own] = [coreTimes(), ownTime(pids())]
  return () => {
    const end = coreTimes()
    const others = end.busy - begin.busy - (ownTime(pids()) - own)
    return Math.min(1, Math.max(0, others / Math.max(1, end.all - begin.all)))
  }
}

/** Whether work of this share beside ours leaves measurements usable. */
export const isQuiet = (share: number): boolean => share <= 0.1

/** Waits until others leave the machine alone for two seconds, at most so many seconds. */
export const untilQuiet = async (seconds: number, pids: () => readonly (number | undefined)[]): Promise<void> => {
  const end = performance.now() + 1000 * seconds
  while (performance.now() < end) {
    const others = watchOthers(pids)
    await pause(2000)
    if (isQuiet(others())) return
  }
}
