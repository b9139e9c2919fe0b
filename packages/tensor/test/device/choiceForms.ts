import { planOf } from "../../src/device/programs/compile.ts"
import type { Choice, Decision } from "../../src/kernels/way/choice.ts"
import type { Op } from "../../src/op/op.ts"
import type { Planning } from "../../src/plan/planning.ts"
import { argumentsRecord, program, sampleCasesOf, type Case } from "../ops/deviceCases.ts"

/** A form of kernel that a tuner may choose, with the shapes that it is tried on. */
export interface ChoiceForm {
  readonly name: string
  readonly cases: readonly Case[]
  /** The smallest tiles of this form where a decision has any; elsewhere what the cost model picks. */
  readonly choose: (decision: Decision) => Choice
}

/**
 * What a kernel's text is made of: its way, and how much of a tile an invocation holds. Choices of one form differ in how often their
 * loops go round; so do those of sums in parts, whose tiles are the ones of whole sums, and of shuffled rows, the larger of which take
 * minutes to compile where every index is clamped.
 */
const formOf = ({ way, held = "", heldRows = "", heldColumns = "", tile = "" }: Choice): string =>
  way === "split" || way === "shuffled"
    ? way
    : [way, held, heldRows, heldColumns, tile].filter((word) => word !== "").join(" ")

const extents = ["rows", "columns", "others"] as const

const area = (choice: Choice): number => extents.reduce((product, name) => product * Number(choice[name] ?? 1), 1)

const chooseForm =
  (form: string) =>
  ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].filter((choice) => formOf(choice) === form).toSorted((a, b) => area(a) - area(b))[0] ??
    candidates[0]

/** Whether there is anything to compute, and more than a number. */
const hasRows = ({ stored }: Case): boolean =>
  stored.every(({ data }) => data.length > 0) && stored.some(({ data }) => data.length > 1)

/** The samples of an op that have rows, as they are stored. */
export const wholeCasesOf = (op: Op): readonly Case[] => sampleCasesOf(op).filter(hasRows)

const choicesFor = (op: Op, one: Case, planning: Planning): readonly Choice[] => {
  const offered: Choice[] = []
  const choose = ({ candidates, others }: Decision): Choice => {
    offered.push(...candidates, ...others)
    return candidates[0]
  }
  const specs = argumentsRecord([one], ({ shape, dtype }) => ({ shape, dtype }))
  planOf(program(op, [one]), specs, planning, { choose })
  return offered
}

/**
 * Every form of kernel that a tuner may choose for an op on an adapter. Each is tried on the op's largest sample that has it, and the first
 * form of a way on the smallest as well, which lies within a tile: other samples, views and f16 are read by what the cost model picks.
 */
export const formsOf = (op: Op, planning: Planning): readonly ChoiceForm[] => {
  const casesOfForm = new Map<string, Case[]>()
  for (const one of wholeCasesOf(op))
    for (const form of new Set(choicesFor(op, one, planning).map(formOf)))
      casesOfForm.set(form, [...(casesOfForm.get(form) ?? []), one])
  const ways = new Set<string>()
  return [...casesOfForm].map(([name, cases]) => {
    const [way] = name.split(" ") as [string]
    const isFirst = !ways.has(way)
    ways.add(way)
    return {
      name,
      cases: [...new Set(isFirst ? [cases[0]!, cases.at(-1)!] : [cases.at(-1)!])],
      choose: chooseForm(name),
    }
  })
}
