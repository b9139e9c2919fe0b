export { bytesWanted, parseBytes } from "./byteCount.ts"
export { checkPartial, completeSettings } from "./checkSettings.ts"
export { choicesShown, chosen, type Choices, type NoChoice } from "./choices.ts"
export { lossNamed } from "./lossNamed.ts"
export { methodChoices, optimizerChoices, orderChoices, scheduleChoices } from "./methodChoices.ts"
export { fromOriginal, type OriginalMeaning, type TranslatedCall } from "./original/fromOriginal.ts"
export type { Setting, Taken } from "./setting.ts"
export { dataOrderOf, rowNamed, trainingFrom } from "./trainingFrom.ts"
export {
  settingNames,
  settingsShownAt,
  trainDefaults,
  trainSettings,
  type PartialSettings,
  type SettingName,
  type TrainSettings,
} from "./trainSettings.ts"
export {
  originsOf,
  type Origins,
  publishedPlaces,
  readSettingSources,
  resolvedSettings,
  type ResolvedSetting,
  type SettingSource,
} from "./settingSources.ts"
