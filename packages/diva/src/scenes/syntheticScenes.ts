import { hostPart } from "@diva/tensor/random"
import { dataKey } from "../data/dataKey.ts"
import { drawsOf } from "./draws.ts"
import { colour } from "./patterns/colour.ts"
import { count } from "./patterns/count.ts"
import { presence, state, structure } from "./patterns/details.ts"
import { orientation } from "./patterns/orientation.ts"
import type { Pattern } from "./patterns/pattern.ts"
import { position } from "./patterns/position.ts"
import { text } from "./patterns/text.ts"
import { viewpoint } from "./patterns/viewpoint.ts"
import { type PatternName, patternNames, type Scene, type ScenePair } from "./scene.ts"

const patterns: Readonly<Record<PatternName, Pattern>> = {
  orientation,
  presence,
  state,
  count,
  position,
  colour,
  structure,
  text,
  viewpoint,
}

/** The index-th pair of a pattern under a seed: two scenes that differ in nothing but what the pattern is about. */
export const scenePair = (pattern: PatternName, seed: number, index: number): ScenePair =>
  patterns[pattern](drawsOf(hostPart(hostPart(dataKey(seed), patternNames.indexOf(pattern)), index)))

/** The index-th scene under a seed: patterns in turn, and of each pair the first and the second in turn. */
export const sceneAt = (seed: number, index: number): Scene => {
  const pattern = patternNames[index % patternNames.length]!
  const turn = Math.floor(index / patternNames.length)
  return scenePair(pattern, seed, turn)[turn % 2 === 0 ? 0 : 1]
}
