import { ConfigInvalid } from "../files/configInvalid.ts"
import { byLoss } from "../checkpoint/bestState.ts"
import { titleOf } from "../titled.ts"
import { conditionOf, semanticsOf } from "./trainingFrom.ts"
import type { PartialSettings, SettingName, TrainSettings } from "./trainSettings.ts"

/** A setting that is not read where another has a certain value. */
interface Idle {
  readonly setting: SettingName
  /** The settings that decide whether it is read. */
  readonly by: readonly SettingName[]
  /** Why it is not read, in words; undefined where it is. */
  readonly why: (settings: TrainSettings) => string | undefined
  readonly remedy: (settings: TrainSettings) => string
}

const when = (isIdle: boolean, why: string): string | undefined => (isIdle ? why : undefined)

const leaveOut = (setting: SettingName) => (): string => `leave out --${setting}`

/** A part of the method with its numbers left out: `top-patches(40)` → `top-patches`. */
const nameOf = (text: string): string => text.replace(/\(.*$/s, "").trim()

const isPlain = (a: string, b: string): boolean => a.toLowerCase().replaceAll("-", "") === b

const conditionTitle = (settings: TrainSettings): string => titleOf(conditionOf(settings))

const draws = (settings: TrainSettings): boolean => conditionTitle(settings).startsWith("randomPatches")

const isScored = (settings: TrainSettings): boolean => settings["eval-every"] !== undefined

const unscored = "the model is not scored while it trains: there is no --eval-every"

const giveEvery = (): string => "give --eval-every, the updates from one score to the next"

/** Everything that would be given in vain. Values that merely come to the same, such as weights of a single draw, are none. */
const idles: readonly Idle[] = [
  {
    setting: "patches",
    by: ["condition"],
    why: ({ condition }) =>
      when(
        condition !== undefined && !isPlain(condition.trim(), "randompatches"),
        `--condition ${condition} says itself how many patches it takes`,
      ),
    remedy: ({ patches }) => `give --condition "random-patches(${patches})", or leave out --patches`,
  },
  {
    setting: "patch-draws",
    by: ["condition", "row", "clip-config"],
    why: (settings) => when(!draws(settings), `the condition ${conditionTitle(settings)} draws no patches`),
    remedy: leaveOut("patch-draws"),
  },
  {
    setting: "momentum",
    by: ["optimizer"],
    why: ({ optimizer }) => when(!isPlain(nameOf(optimizer), "sgd"), `--optimizer ${optimizer} has no such momentum`),
    remedy: leaveOut("momentum"),
  },
  {
    setting: "projection-rate",
    by: ["visual-projection", "semantics"],
    why: (settings) =>
      when(
        semanticsOf(settings).visualProjection === "frozen",
        "the projection stays as it was drawn (--visual-projection frozen)",
      ),
    remedy: () => "leave out --projection-rate, or give --visual-projection trained",
  },
  {
    setting: "projection-warmup",
    by: ["visual-projection", "semantics"],
    why: (settings) =>
      when(
        semanticsOf(settings).visualProjection === "frozen",
        "the projection stays as it was drawn (--visual-projection frozen)",
      ),
    remedy: () => "leave out --projection-warmup, or give --visual-projection trained",
  },
  {
    setting: "reference-accumulation",
    by: ["inner-weighting", "semantics"],
    why: (settings) => {
      const { innerWeighting } = semanticsOf(settings)
      return when(
        innerWeighting !== "reference",
        `the draws are weighted otherwise (--inner-weighting ${innerWeighting})`,
      )
    },
    remedy: () => "leave out --reference-accumulation, or give --inner-weighting reference",
  },
  {
    setting: "prompt",
    by: ["text-combination"],
    why: (settings) => when(isPlain(settings["text-combination"].trim(), "none"), "no text joins the visual tokens"),
    remedy: leaveOut("prompt"),
  },
  {
    setting: "clip",
    by: ["synthetic-weights"],
    why: (settings) => when(settings["synthetic-weights"], "random weights are asked for (--synthetic-weights)"),
    remedy: () => "give --clip or --synthetic-weights",
  },
  {
    setting: "sd",
    by: ["synthetic-weights", "sd-config"],
    // Its folder's configurations are read where no others are named.
    why: (settings) =>
      when(
        settings["synthetic-weights"] && settings["sd-config"] !== undefined,
        "random weights are asked for (--synthetic-weights), of --sd-config",
      ),
    remedy: () => "give --sd or --synthetic-weights",
  },
  {
    setting: "data",
    by: ["demo-data"],
    why: (settings) => when(settings["demo-data"], "rendered scenes are asked for (--demo-data)"),
    remedy: () => "give --data or --demo-data",
  },
  {
    setting: "eval-mmvp",
    by: ["eval-every"],
    why: (settings) => when(!isScored(settings), unscored),
    remedy: giveEvery,
  },
  {
    setting: "eval-data",
    by: ["eval-every"],
    why: (settings) => when(!isScored(settings), unscored),
    remedy: giveEvery,
  },
  {
    setting: "eval-every",
    by: ["eval-mmvp", "eval-data"],
    why: (settings) =>
      when((settings["eval-mmvp"] ?? settings["eval-data"]) === undefined, "there is nothing to score the model on"),
    remedy: () => "give --eval-mmvp or --eval-data; diva fetch --mmvp brings MMVP to where it is found without",
  },
  {
    setting: "eval-every",
    by: ["synthetic-weights"],
    why: (settings) =>
      when(settings["synthetic-weights"], "random weights (--synthetic-weights) have no texts to be scored by"),
    remedy: () => "give --clip and --sd, or leave out --eval-every",
  },
  {
    setting: "pictures",
    by: ["synthetic-weights"],
    why: (settings) =>
      when(
        settings["synthetic-weights"] && settings.pictures !== 0,
        "random weights (--synthetic-weights) have no decoder that shows anything",
      ),
    remedy: leaveOut("pictures"),
  },
  {
    setting: "keep-best",
    by: ["eval-every"],
    why: (settings) => when(settings["keep-best"] !== byLoss && !isScored(settings), unscored),
    remedy: () => "give --eval-every, the updates from one score to the next, or --keep-best loss",
  },
]

/** The source that says a setting last; -1 where it has its default. */
const saidBy = (sources: readonly PartialSettings[], name: SettingName): number =>
  sources.findLastIndex((source) => source[name] !== undefined && source[name] !== false)

/**
 * The first setting that is given in vain, as an error; nothing where there is none. A later source may leave an earlier one's setting
 * without use: it changes its mind.
 */
export const idleSetting = (
  settings: TrainSettings,
  sources: readonly PartialSettings[],
): ConfigInvalid | undefined => {
  for (const { setting, by, why, remedy } of idles) {
    const said = saidBy(sources, setting)
    const found = said < 0 ? undefined : why(settings)
    if (found === undefined || said < Math.max(...by.map((name) => saidBy(sources, name)))) continue
    return new ConfigInvalid({
      field: setting,
      rule: `"${setting}" would do nothing: ${found}`,
      remedy: remedy(settings),
    })
  }
  return undefined
}
