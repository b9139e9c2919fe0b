import { Effect, Layer } from "effect"
import { add, mean, mul } from "@diva/tensor"
import {
  clipTower,
  comparePairs,
  defaultCache,
  EvaluationEvents,
  evaluateMmvp,
  Gpu,
  mmvpReport,
  openClipModel,
  openMmvp,
  stockRule,
  subjectOf,
  towerFeatures,
  unitTokens,
  type ScoringRule,
} from "@diva/diva"

// A scoring rule is a value: how a tower's tokens become one vector, and how a product becomes a logit.
const halfPatches: ScoringRule = {
  title: "class token and half the mean of all patches",
  image: ({ global, patches }) => unitTokens(add(global, mul(mean(patches, { axis: 1, keep: true }), 0.5))),
  logit: (similarity, { scale }) => scale * similarity,
}

// Scores are programs over Features: here those of a CLIP in a file, kept from one score to the next.
const [weights, folder] = process.argv.slice(2) as [string, string]
const program = Effect.gen(function* () {
  const [model, data] = [yield* openClipModel({ path: weights }), yield* openMmvp(folder)]
  const score = Effect.forEach([stockRule, halfPatches], (rule) => evaluateMmvp({ data, rule }))
  const report = Effect.flatMap(score, (all) =>
    Effect.map(subjectOf(model), (subject) => mmvpReport(subject, "order", all)),
  )
  const features = towerFeatures(yield* clipTower(model), { cache: defaultCache() })
  return (yield* Effect.provide(report, features)).scorings
})
const services = Layer.mergeAll(Gpu.layer(), EvaluationEvents.layerSilent)
const [stock, own] = await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(services)))
console.log(comparePairs(stock!, own!).verdict)
