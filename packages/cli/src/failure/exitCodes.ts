/** Exit codes by what a script would do next. */
export const exitCodes = {
  success: 0,
  unexpected: 1,
  usage: 2,
  checkFailed: 3,
  noDevice: 4,
  deviceFailed: 5,
  input: 6,
  output: 7,
  program: 8,
  diverged: 9,
  interrupted: 130,
} as const

export type ExitName = keyof typeof exitCodes

/** What each exit code tells a script. */
export const exitMeanings: Readonly<Record<ExitName, string>> = {
  success: "done",
  unexpected: "a bug in this program: please report it with what it printed",
  usage: "the command line or the configuration asks for something that does not exist or is impossible",
  checkFailed: "a check ran and failed: a case lies outside its allowed error, or the adapter is not usable",
  noDevice: "no WebGPU adapter was found",
  deviceFailed: "the adapter refused or lost the work",
  input: "a file to be read is missing, damaged, or of another kind",
  output: "a file could not be written",
  program: "a program describes tensors that do not fit together",
  diverged: "a training run produced numbers that are not finite; its last checkpoint is from before that",
  interrupted: "stopped by Ctrl-C or SIGTERM, after the current step was finished and saved",
}
