import type { Arguments, Compiled } from "@diva/tensor"

/** The same program, which tells the number of each ordinary run, from 0, before it begins: a profile begins every turn with one. */
export const countingRuns = <Args, Result>(
  compiled: Compiled<Args, Result>,
  onRun: (run: number) => void,
): Compiled<Args, Result> => {
  const { plan, timed, dispose } = compiled
  let runs = 0
  const counting = (args: Arguments<Args>) => {
    onRun(runs++)
    return compiled(args)
  }
  return Object.assign(counting, { plan, timed, dispose, [Symbol.dispose]: dispose })
}
