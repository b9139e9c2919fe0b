import { createHash } from "node:crypto"
import type { Choose, Plan } from "@diva/tensor"
import type { Json } from "../json.ts"
import type { MachineInfo } from "./machineInfo.ts"

/** What a program was compiled to: two programs with the same record compute the same bits on one machine. */
export interface ProgramRecord {
  readonly name: string
  /** SHA-256 of its dispatches: shaders, parameters, grids, and which memory they read and write. */
  readonly sha256: string
  /** Which kernel was chosen for each problem, by tuning or by rule. */
  readonly choices: Readonly<Record<string, Json>>
}

/** A chooser that notes what it chose. */
export const noting = (choose: Choose | undefined) => {
  const choices = new Map<string, Json>()
  const noted: Choose = (decision) => {
    const choice = choose?.(decision) ?? decision.candidates[0]
    choices.set(`${decision.family} ${decision.problem}`, { ...choice })
    return choice
  }
  return { choose: noted, choices: (): ProgramRecord["choices"] => Object.fromEntries([...choices].toSorted()) }
}

/** The record of a compiled plan. */
export const recordOf = ({ name, steps }: Plan, choices: ProgramRecord["choices"]): ProgramRecord => {
  const hash = createHash("sha256")
  for (const { wgsl, params, grid, bindings, textures, stages } of steps)
    hash.update(wgsl).update(JSON.stringify([params, grid, bindings, textures, stages]))
  return { name, sha256: hash.digest("hex"), choices }
}

/** Where and as what a launch's programs ran. */
export interface Computed {
  readonly machine: MachineInfo
  readonly programs?: readonly ProgramRecord[]
}

const shown = (choice: Json | undefined): string => (choice === undefined ? "none" : JSON.stringify(choice))

const changedChoices = (before: ProgramRecord, after: ProgramRecord): readonly string[] =>
  [...new Set([...Object.keys(before.choices), ...Object.keys(after.choices)])]
    .filter((problem) => shown(before.choices[problem]) !== shown(after.choices[problem]))
    .map((problem) => `${problem}: ${shown(before.choices[problem])} → ${shown(after.choices[problem])}`)

/** Changes that are listed; the manifest has them all. */
const listed = 3

const listOf = (changes: readonly string[]): string =>
  [...changes.slice(0, listed), ...(changes.length > listed ? [`${changes.length - listed} more`] : [])].join("; ")

/** A program of several shapes was compiled several times under one name: any of them will do. */
const programChange = (all: readonly ProgramRecord[], after: ProgramRecord): readonly string[] => {
  const named = all.filter(({ name }) => name === after.name)
  const [before] = named
  if (before === undefined || named.some(({ sha256 }) => sha256 === after.sha256)) return []
  const changes = changedChoices(before, after)
  return [
    changes.length === 0
      ? `${before.name} was compiled to other kernels, by another version of this program or for other limits`
      : `${before.name} uses other kernels (${listOf(changes)})`,
  ]
}

const nameOf = ({ vendor, architecture, description }: MachineInfo): string =>
  description || `${vendor} ${architecture}`

/** The ways in which two launches compute differently, each in a few words; none if both give the same bits. */
export const computedDifferently = (before: Computed, after: Computed): readonly string[] => [
  ...(nameOf(before.machine) === nameOf(after.machine)
    ? []
    : [`the adapter is ${nameOf(after.machine)}, it was ${nameOf(before.machine)}`]),
  ...(after.programs ?? []).flatMap((program) => programChange(before.programs ?? [], program)),
]
