import { resizeModes, type StoreOptions } from "@diva/diva"
import { Flag } from "effect/cli"

/** A whole number of at least `least`. */
export const atLeast = (name: string, meaning: string, least: number, fallback: number) =>
  Flag.Int(name).pipe(
    Flag.withDescription(`${meaning} (${fallback})`),
    Flag.filter(
      (value) => value >= least,
      (value) => `${value} is below ${least}`,
    ),
    Flag.withDefault(fallback),
  )

/** A yes-or-no flag. */
export const yes = (name: string, meaning: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(meaning), Flag.withDefault(false))

/** How pictures are sized for shards, and how shards are cut. */
export const shardFlags = (mode: StoreOptions["mode"]) => ({
  out: Flag.String("out").pipe(
    Flag.withDescription("Folder for the shards; one that was begun is gone on with (data/shards)"),
    Flag.withDefault("data/shards"),
  ),
  resizeMode: Flag.Literals("resize-mode", resizeModes).pipe(
    Flag.withDescription(
      `How pictures are sized, in img2dataset's words; "no" keeps their bytes, "keep_ratio" brings the shorter edge to the size (${mode})`,
    ),
    Flag.withDefault(mode),
  ),
  imageSize: atLeast("image-size", "Pixels that the resize mode speaks of", 1, 512),
  enlarge: yes("enlarge", "Enlarge smaller pictures too; otherwise only larger ones are resized"),
  quality: atLeast("quality", "JPEG quality", 1, 95),
  perShard: atLeast("samples-per-shard", "Rows of a shard", 1, 10_000),
  keepDuplicates: yes("keep-duplicates", "Keep pictures whose bytes, and rows whose address, came before"),
})

interface StoreFlags {
  readonly resizeMode: StoreOptions["mode"]
  readonly imageSize: number
  readonly enlarge: boolean
  readonly quality: number
}

export const storeOf = ({ resizeMode, imageSize, enlarge, quality }: StoreFlags): StoreOptions => ({
  mode: resizeMode,
  size: imageSize,
  onlyIfBigger: !enlarge,
  quality: Math.min(100, quality),
})
