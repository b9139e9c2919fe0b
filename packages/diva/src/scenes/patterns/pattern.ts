import type { Draws } from "../draws.ts"
import type { ScenePair } from "../scene.ts"

/** Makes the pair of scenes that the draws stand for. */
export type Pattern = (draws: Draws) => ScenePair
