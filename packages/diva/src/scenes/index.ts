export {
  type AttributeGroup,
  attributeGroupNames,
  attributeGroups,
  attributesOf,
  attributeWords,
  nounOf,
} from "./attributes.ts"
export type { BackdropName } from "./backdrops.ts"
export { type ColourName, namedColours } from "./colours.ts"
export { drawScene } from "./drawScene.ts"
export { renderSamples, renderShard, type RenderShardRequest, worldVersion } from "./renderShard.ts"
export { type Backdrop, type Item, type PatternName, patternNames, type Scene, type ScenePair } from "./scene.ts"
export { sceneAt, scenePair } from "./syntheticScenes.ts"
export type { ThingName } from "./things.ts"
export { webCaption } from "./webCaption.ts"
