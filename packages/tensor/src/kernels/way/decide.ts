import type { CostModel } from "../../adapter/costModel.ts"
import type { Planning } from "../../plan/planning.ts"
import { allows, policyWords } from "../../precision/precision.ts"
import { policyOf } from "../../precision/policyOf.ts"
import { isScratch, type Kernel } from "../dispatch/kernel.ts"
import { isScalable, magnitudeInput } from "./scaled.ts"
import { sameChoice, type Choice, type Decision } from "./choice.ts"
import type { Family, Site, Way } from "./way.ts"

/** A way with one of its choices. */
interface Contender<Problem> {
  readonly way: Way<Problem>
  readonly choice: Choice
  readonly seconds: number
}

/** Whether the magnitudes are there that a way scales its operands by. */
const isScaled = <Problem>({ scales = [] }: Way<Problem>, { group }: Site): boolean =>
  scales.every((operand) => !isScalable(group.anchor!, operand) || magnitudeInput(group.anchor!, operand) !== undefined)

/** What the adapter and the processor spend on it: sums in parts take a dispatch more, which has to be encoded, too. */
const spent = <Problem>({ choice, seconds }: Contender<Problem>, { encoding = 0 }: CostModel): number =>
  seconds + (Number(choice["parts"] ?? 1) > 1 ? encoding : 0)

const contendersFor = <Problem>(
  { ways }: Family<Problem>,
  problem: Problem,
  site: Site,
  { facts, model, policy }: Planning,
  isReady: (way: Way<Problem>) => boolean = (way) => isScaled(way, site),
): readonly Contender<Problem>[] => {
  const allowed = policyOf(site.group.anchor, policy)
  return ways
    .filter((way) => way.needs(facts) && isReady(way) && way.takes(problem, facts))
    .flatMap((way) =>
      way
        .candidates(problem, facts)
        .filter((choice) => allows(allowed, way.numerics(choice)))
        .map((choice) => ({
          way,
          choice: { way: way.name, ...choice },
          seconds: way.cost(problem, choice, model),
        })),
    )
    .map((contender) => ({ contender, all: spent(contender, model) }))
    .toSorted((a, b) => (a.all < b.all ? -1 : a.all > b.all ? 1 : 0))
    .map(({ contender }) => contender)
}

/** Choices that the model expects to take so many times as long as the best are not worth measuring. */
const hopeless = 6

const decisionOf = <Problem>(
  family: Family<Problem>,
  problem: Problem,
  site: Site,
  planning: Planning,
  [first, ...rest]: readonly [Contender<Problem>, ...Contender<Problem>[]],
): Decision => {
  const choices = (isWanted: (contender: Contender<Problem>) => boolean): readonly Choice[] =>
    rest.filter(isWanted).map(({ choice }) => choice)
  const isWorth = ({ seconds }: Contender<Problem>): boolean => seconds <= hopeless * first.seconds
  const exact = [first, ...rest].find(({ way, choice }) => way.numerics(choice) === "f32")
  return {
    family: family.name,
    problem: family.key(problem) + policyWords(policyOf(site.group.anchor, planning.policy)),
    candidates: [first.choice, ...choices(isWorth)],
    others: choices((contender) => !isWorth(contender)),
    reference: (exact ?? first).choice,
  }
}

const pick = <Problem>(
  family: Family<Problem>,
  problem: Problem,
  site: Site,
  planning: Planning,
  contenders: readonly Contender<Problem>[],
): Contender<Problem> => {
  const [first] = contenders
  if (first === undefined) throw new Error(`no way of ${family.name} computes ${family.key(problem)} on this adapter`)
  if (contenders.length === 1 || planning.choose === undefined) return first
  const wanted = planning.choose(decisionOf(family, problem, site, planning, [first, ...contenders.slice(1)]))
  return contenders.find(({ choice }) => sameChoice(choice, wanted)) ?? first
}

/** The way that the cost model takes for the fastest, whatever was measured. */
export const likelyWay = <Problem>(
  family: Family<Problem>,
  problem: Problem,
  site: Site,
  planning: Planning,
): Way<Problem> | undefined => contendersFor(family, problem, site, planning)[0]?.way

/** The way that would be taken if magnitudes of all operands were there. */
export const wayWithMagnitudes = <Problem>(family: Family<Problem>, site: Site, planning: Planning): Way<Problem> => {
  const problem = family.problem(site)
  return pick(
    family,
    problem,
    site,
    planning,
    contendersFor(family, problem, site, planning, () => true),
  ).way
}

/** A way's cost is that of all its dispatches together: what adds parts of a sum takes what it reads, the others as much as each other. */
const sharesOf = (kernels: readonly Kernel[], seconds: number, { model }: Planning): readonly number[] => {
  const joining = kernels.map(({ finishes, bindings }) => {
    const read = bindings[0]?.buffer
    const isJoin = finishes !== undefined && read !== undefined && isScratch(read)
    return isJoin ? model.dispatch + (4 * read.size) / model.bytes : 0
  })
  const joined = joining.reduce((sum, each) => sum + each, 0)
  const others = joining.filter((each) => each === 0).length
  return joining.map((each) => (each > 0 ? each : Math.max(0, seconds - joined) / others))
}

/**
 * Decides how a problem is computed, and writes exactly that: the kernels say so in their `choice`. `wanted`: what a choice must have
 * among its entries, where that is decided already.
 */
export const decide = <Problem>(
  family: Family<Problem>,
  site: Site,
  planning: Planning,
  wanted: Choice = {},
): readonly Kernel[] => {
  const problem = family.problem(site)
  const has = (choice: Choice): boolean => Object.entries(wanted).every(([name, value]) => choice[name] === value)
  const contenders = contendersFor(family, problem, site, planning).filter(({ choice }) => has(choice))
  const { way, choice, seconds } = pick(family, problem, site, planning, contenders)
  const kernels = way.write(problem, choice, site)
  const costs = way.costs?.(problem, choice, planning.model)
  const shares = costs ?? sharesOf(kernels, seconds, planning)
  return kernels.map((kernel, i) => ({
    ...kernel,
    expectedSeconds: shares[i] ?? 0,
    choice: { ...choice, ...kernel.choice },
  }))
}
