import { defaultStore, resizeModes, type StoreOptions } from "@diva/diva"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { Usage } from "../../failure/cliError.ts"
import { atLeast, notBelow, yes } from "../../flags/flags.ts"

/** A whole number of at least `least` that may be left out. */
const atLeastOptional = (name: string, meaning: string, least: number) =>
  Flag.Int(name).pipe(Flag.withDescription(meaning), notBelow(least), Flag.optional)

/** How pictures are sized for shards, and how shards are cut. */
export const shardFlags = (mode: StoreOptions["mode"]) => ({
  out: Flag.String("out").pipe(
    Flag.withDescription("Folder for the shards; one that was started is continued (data/shards)"),
    Flag.withDefault("data/shards"),
  ),
  resizeMode: Flag.Literals("resize-mode", resizeModes).pipe(
    Flag.withDescription(
      `How pictures are sized, in img2dataset's words; "no" keeps their bytes, "keep_ratio" brings the shorter edge to the size (${mode})`,
    ),
    Flag.withDefault(mode),
  ),
  imageSize: atLeastOptional("image-size", "Size for the resize mode, in pixels (512)", 1),
  enlarge: yes("enlarge", "Enlarge smaller pictures too; otherwise only larger ones are resized"),
  quality: atLeastOptional("quality", "JPEG quality, at most 100 (95)", 1),
  minImageSize: atLeastOptional("min-image-size", "Leave out pictures whose shorter edge has fewer pixels", 0),
  maxImageArea: atLeastOptional("max-image-area", "Leave out pictures of more pixels than this, width times height", 1),
  maxAspectRatio: Flag.Finite("max-aspect-ratio").pipe(
    Flag.withDescription("Leave out pictures whose longer edge is more than this many times the shorter one"),
    Flag.filter(
      (value) => value >= 1,
      (value) => `${value} is below 1`,
    ),
    Flag.optional,
  ),
  perShard: atLeast("samples-per-shard", "Rows of a shard", 1, 10_000),
  keepDuplicates: yes("keep-duplicates", "Keep pictures and addresses that occurred before"),
})

interface StoreFlags {
  readonly resizeMode: StoreOptions["mode"]
  readonly imageSize: Option.Option<number>
  readonly enlarge: boolean
  readonly quality: Option.Option<number>
  readonly minImageSize: Option.Option<number>
  readonly maxImageArea: Option.Option<number>
  readonly maxAspectRatio: Option.Option<number>
}

/** What sizes or encodes pictures that are packed as they are would do nothing. */
const requireUse = (
  command: string,
  { resizeMode, imageSize, enlarge, quality }: StoreFlags,
): Effect.Effect<void, Usage> => {
  const given = [
    ...(Option.isSome(imageSize) ? ["--image-size"] : []),
    ...(enlarge ? ["--enlarge"] : []),
    ...(Option.isSome(quality) ? ["--quality"] : []),
  ]
  return resizeMode !== "no" || given.length === 0
    ? Effect.void
    : Effect.fail(
        new Usage({
          command,
          rule: `${given.join(", ")} would do nothing: with --resize-mode no pictures keep their bytes`,
          remedy: `give --resize-mode (${resizeModes.filter((mode) => mode !== "no").join(", ")}), or leave that out`,
        }),
      )
}

/** How pictures are stored, as flags say it. Errors: `Usage` for those that would do nothing. */
export const storeOf = (command: string, flags: StoreFlags): Effect.Effect<StoreOptions, Usage> => {
  const { resizeMode, imageSize, enlarge, quality, minImageSize, maxImageArea, maxAspectRatio } = flags
  const store: StoreOptions = {
    mode: resizeMode,
    size: Option.getOrElse(imageSize, () => defaultStore.size),
    onlyIfBigger: !enlarge,
    quality: Math.min(
      100,
      Option.getOrElse(quality, () => defaultStore.quality),
    ),
    ...(Option.isSome(minImageSize) ? { minImageSize: minImageSize.value } : {}),
    ...(Option.isSome(maxImageArea) ? { maxImageArea: maxImageArea.value } : {}),
    ...(Option.isSome(maxAspectRatio) ? { maxAspectRatio: maxAspectRatio.value } : {}),
  }
  return Effect.as(requireUse(command, flags), store)
}
