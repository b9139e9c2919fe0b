import { applyOp, isTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { kernelsFor } from "../kernels/families.ts"
import type { Precision } from "../precision/precision.ts"
import { planningFor, type PlanFor, type Planning } from "../plan/planning.ts"
import type { Attributes, Op } from "../op/op.ts"
import { isSource } from "../plan/fusion.ts"
import { fuseProgram, keeping } from "../plan/planProgram.ts"
import type { Spec } from "../shape/shape.ts"
import { traceProgram, type Specs } from "../device/programs/compile.ts"
import { groupFlops, type Group } from "../kernels/dispatch/group.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import { ownAttributes, ownInputs } from "../kernels/way/scaled.ts"
import { decisionKey, type Choice, type Decision } from "../kernels/way/choice.ts"

/** A decision with the smallest program in which it is taken. */
export interface TuningProblem {
  readonly key: string
  readonly decision: Decision
  /** Arguments of the program: what the group reads. */
  readonly specs: Readonly<Record<string, Spec>>
  /** Describes the group alone on arguments of `specs`. */
  readonly describe: (args: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>
  /** Arguments that are the same in most runs: what follows from them alone is not measured. Default: none. */
  readonly frozen?: readonly string[]
  /** How exactly its program may multiply. Default: the device's precision. */
  readonly precision?: Precision
  /** How often the tuned programs take it. */
  readonly uses: number
  /** FLOPs of all uses together: what tuning it is worth. */
  readonly flops: number
}

/** A program to tune for: what `compile` takes. */
export interface TunedProgram {
  readonly name: string
  readonly describe: (args: never) => unknown
  readonly specs: unknown
  /** Arguments that are the same in most runs, as `compile` takes them. Default: none. */
  readonly frozen?: readonly string[]
}

const opOf = (tensor: Tensor): Op<Attributes> => tensor.op as unknown as Op<Attributes>

/** What a group reads and a program must be given; constants stay in it. */
const argumentsOf = ({ reads, anchor }: Group): readonly Tensor[] => {
  const own = anchor === null ? [] : ownInputs(anchor)
  // Magnitudes follow from the operands: planning adds them again.
  const magnitudes = new Set(anchor?.inputs.slice(own.length))
  return reads.filter((read) => read.op.name !== "constant" && !magnitudes.has(read))
}

/** Describes a group anew with other tensors in place of what it reads. */
const describeGroup =
  (group: Group): TuningProblem["describe"] =>
  (args) => {
    const made = new Map<Tensor, Tensor>(argumentsOf(group).map((read, i) => [read, args[`read${i}`]!]))
    const again = (tensor: Tensor): Tensor => {
      const held = made.get(tensor)
      if (held !== undefined) return held
      const inputs = ownInputs(tensor).map(again)
      const isGiven = isSource(tensor) && isTensor(tensor)
      const fresh = isGiven ? tensor : applyOp(opOf(tensor), inputs, ownAttributes(tensor))
      made.set(tensor, fresh)
      return fresh
    }
    const outputs = group.outputs.filter((output) => !isMagnitude(output))
    return Object.fromEntries(outputs.map((output, i) => [`out${i}`, again(output)]))
  }

const problemOf = (
  group: Group,
  decision: Decision,
  { policy: { precision }, isFrozen = () => false }: Planning,
): TuningProblem => ({
  key: decisionKey(decision),
  decision,
  specs: Object.fromEntries(argumentsOf(group).map(({ shape, dtype }, i) => [`read${i}`, { shape, dtype }])),
  describe: describeGroup(group),
  frozen: argumentsOf(group).flatMap((read, i) => (isFrozen(read) ? [`read${i}`] : [])),
  precision,
  uses: 1,
  flops: groupFlops(group),
})

/** The decisions taken while `work` runs with the planning it is given. */
export const recorded = (planning: Planning, work: (planning: Planning) => void): readonly Decision[] => {
  const seen: Decision[] = []
  const choose = (decision: Decision): Choice => {
    seen.push(decision)
    return planning.choose?.(decision) ?? decision.candidates[0]
  }
  work({ ...planning, choose })
  return seen
}

const isOpen = ({ candidates }: Decision): boolean => candidates.length > 1

const problemsOfGroup = (group: Group, planning: Planning): readonly TuningProblem[] => {
  const decisions = recorded(planning, (recording) => void kernelsFor(group, recording, null)).filter(isOpen)
  return [...new Map(decisions.map((decision) => [decisionKey(decision), decision])).values()].map((decision) =>
    problemOf(group, decision, planning),
  )
}

/** One of each, the most work first. */
export const mergeProblems = (problems: readonly TuningProblem[]): readonly TuningProblem[] => {
  const merged = new Map<string, TuningProblem>()
  for (const problem of problems) {
    const held = merged.get(problem.key)
    merged.set(
      problem.key,
      held === undefined ? problem : { ...held, uses: held.uses + problem.uses, flops: held.flops + problem.flops },
    )
  }
  return [...merged.values()].toSorted((a, b) => b.flops - a.flops)
}

/**
 * The decisions that planning a program takes between kernels, each once, with the group it is taken for as a program of
 * its own; the most work first. Pure: needs facts, not a device.
 */
export const tuningProblems = (program: TunedProgram, adapter: PlanFor): readonly TuningProblem[] => {
  const traced = traceProgram(program.describe as (args: unknown) => unknown, program.specs as Specs<unknown>, {
    name: program.name,
    ...(program.frozen === undefined ? {} : { frozen: program.frozen }),
  })
  const planning = keeping(traced, planningFor(adapter))
  const { groups } = fuseProgram(
    traced.outputs.map(({ tensor }) => tensor),
    planning,
  )
  return mergeProblems(groups.flatMap((group) => problemsOfGroup(group, planning)))
}
