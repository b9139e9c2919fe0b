import { Effect } from "effect"
import { Usage } from "../failure/cliError.ts"
import { blockProgram } from "./block.ts"
import { attentionProgram, convolutionProgram, matmulProgram } from "./kernels.ts"
import { microStepKind } from "./microStep.ts"
import type { BuiltProgram, ProgramError, ProgramKind } from "./program.ts"

/** What can be profiled and tuned for by name. */
export const programKinds: readonly ProgramKind[] = [
  microStepKind,
  blockProgram,
  matmulProgram,
  convolutionProgram,
  attentionProgram,
]

/** A name with its sizes, as one writes it: `block:257x1024x16`. */
export const spelled = ({ name, sizes }: ProgramKind): string =>
  `${name}:${sizes.map(([, standard]) => standard).join("x")}`

/** Every program with its sizes, for help. */
export const programHelp = (): string =>
  programKinds
    .map((kind) => `${spelled(kind)} (${kind.sizes.map(([name]) => name).join(" x ")}): ${kind.summary}`)
    .join("; ")

const wrong = (command: string, rule: string): Usage =>
  new Usage({ command, rule, remedy: `programs are ${programKinds.map(spelled).join(", ")}` })

const isSize = (text: string): boolean => /^[1-9]\d{0,6}$/.test(text)

/** Reads `NAME` or `NAME:AxBxC`; sizes left out are the standard ones. Errors: `Usage`, those of reading shipped configurations. */
export const parseProgram = (command: string, text: string): Effect.Effect<BuiltProgram, Usage | ProgramError> => {
  const [name = "", sizes = ""] = text.split(":")
  const kind = programKinds.find((known) => known.name === name)
  if (kind === undefined) return Effect.fail(wrong(command, `there is no program "${name}"`))
  const given = sizes === "" ? [] : sizes.split("x")
  if (given.length > kind.sizes.length || !given.every(isSize))
    return Effect.fail(wrong(command, `"${sizes}" are not sizes of ${name}`))
  return kind.build(kind.sizes.map(([, standard], i) => Number(given[i] ?? standard)))
}
