import { agreeing, counted, columns } from "@diva/tensor"
import {
  benchmarks,
  fetchFile,
  type FetchItem,
  type FetchOptions,
  itemsOf,
  mmvp,
  type Published,
  rowNames,
  rowWeights,
  stableDiffusion,
  stableDiffusionRepository,
} from "@diva/diva"
import { Effect, Option, Ref } from "effect"
import { Command, Flag } from "effect/cli"
import { Usage } from "../failure/cliError.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { showBytes, showSeconds } from "../text/number.ts"
import { renderProgress } from "../render/progress.ts"
import { Screen } from "../screen/screen.ts"
import { dryRunFlag, json, yes } from "../flags/flags.ts"

const flags = {
  row: Flag.Literals("row", rowNames).pipe(Flag.withDescription("The CLIP of a published model"), Flag.optional),
  sd: yes("sd", "Stable Diffusion 2.1 base: text encoder, UNet and VAE"),
  sdRepository: Flag.String("sd-repository").pipe(
    Flag.withDescription(
      `The same from another repository than ${stableDiffusionRepository} (the first publisher's needs an account)`,
    ),
    Flag.optional,
  ),
  mmvp: yes("mmvp", "The 270 images and statements of MMVP-VLM"),
  benchmarks: yes("benchmarks", "The zero-shot benchmarks in CLIP_benchmark's layout (hundreds of gigabytes)"),
  into: Flag.String("into").pipe(
    Flag.withDescription("Folder that pretrained_weights and dataset lie in; train looks in the current one (.)"),
    Flag.withDefault("."),
  ),
  allowPrivate: yes("allow-private", "Allow a mirror on this machine or its network (HF_ENDPOINT)"),
  dryRun: dryRunFlag("List files, sizes, licences and destinations, and stop"),
  json,
} as const

type Wanted = {
  readonly row: Option.Option<keyof typeof rowWeights>
  readonly sd: boolean
  readonly sdRepository: Option.Option<string>
  readonly mmvp: boolean
  readonly benchmarks: boolean
}

const publishedOf = (wanted: Wanted): readonly Published[] => [
  ...(Option.isSome(wanted.row) ? [rowWeights[wanted.row.value]] : []),
  // Whoever names its repository wants it.
  ...(wanted.sd || Option.isSome(wanted.sdRepository)
    ? [stableDiffusion(Option.getOrUndefined(wanted.sdRepository))]
    : []),
  ...(wanted.mmvp ? [mmvp] : []),
  ...(wanted.benchmarks ? benchmarks : []),
]

const nothingWanted = new Usage({
  command: "diva fetch",
  rule: "nothing to fetch was named",
  remedy: "give --row NAME, --sd, --mmvp or --benchmarks; --dry-run lists what each of them fetches",
})

const optionsOf = (root: string, allowPrivate: boolean): FetchOptions => {
  const { HF_ENDPOINT: hub, HF_TOKEN: token } = process.env
  return { root, allowPrivate, ...(hub ? { hub } : {}), ...(token ? { token } : {}) }
}

const listed = (items: readonly FetchItem[], published: readonly Published[]): string => {
  const known = items.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
  const about = published.reduce((sum, one) => sum + (one.kind === "url" ? one.about : 0), 0)
  return [
    ...columns(
      items.map(({ url, file, bytes, licence }) => [
        bytes === undefined ? "size unknown" : showBytes(bytes),
        file,
        licence,
        url,
      ]),
      ["right", "left", "left", "left"],
    ),
    `${counted(items.length, "file")}, ${about > 0 ? "about " : ""}${showBytes(known + about)}`,
  ].join("\n")
}

/** A line for the file under way, a few times a second. */
const progressOf = Effect.fnUntraced(function* (label: string) {
  const screen = yield* Screen
  const began = performance.now()
  const last = yield* Ref.make(0)
  return (done: number, total: number | undefined): void => {
    const now = performance.now()
    const show = Effect.gen(function* () {
      if (now - (yield* Ref.get(last)) < 250) return
      yield* Ref.set(last, now)
      const mega = (bytes: number): number => Math.round(bytes / 10 ** 6)
      yield* screen.status(
        renderProgress({
          done: mega(done),
          total: mega(total ?? done),
          elapsed: (now - began) / 1000,
          label: `MB  ${label}`,
        }),
      )
    })
    Effect.runSync(show)
  }
})

const fetchAll = Effect.fnUntraced(function* (items: readonly FetchItem[], allowPrivate: boolean) {
  const screen = yield* Screen
  for (const [i, item] of items.entries()) {
    const began = performance.now()
    const onProgress = yield* progressOf(`${i + 1}/${items.length} ${item.file}`)
    const outcome = yield* fetchFile(item, { allowPrivate, onProgress })
    const took = showSeconds((performance.now() - began) / 1000)
    yield* screen.note(
      outcome === "present"
        ? `${item.file} is already there, verified`
        : `${item.file} fetched and verified in ${took}`,
    )
  }
})

/** `diva fetch`: what rows and evaluations need, from where it is published. */
export const fetch = Command.make(
  "fetch",
  flags,
  Effect.fn("fetch")(function* ({ into, allowPrivate, dryRun, json: asJson, ...wanted }) {
    const screen = yield* Screen
    const published = publishedOf(wanted)
    if (published.length === 0) return yield* nothingWanted
    const lists = yield* Effect.forEach(published, (one) => itemsOf(one, optionsOf(into, allowPrivate)))
    const items = lists.flat()
    if (!dryRun) yield* fetchAll(items, allowPrivate)
    const data = items.map(({ url, file, bytes, licence, checksum }) => ({ url, file, bytes, licence, checksum }))
    if (asJson) return yield* screen.print(JSON.stringify(data, null, 2))
    yield* screen.print(
      dryRun
        ? listed(items, published)
        : `${counted(items.length, "file")} ${agreeing(items.length, "is", "are")} in place below ${into}`,
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Download what a row or an evaluation needs from where it is published, resumed where it stopped and verified by checksum, into the " +
      "folders that the original reads: pretrained_weights/CLIP, pretrained_weights/SD and dataset. Files put there by hand are verified and " +
      "kept. diva train --row NAME finds them there without further paths.",
  ),
  Command.withShortDescription("Download weights and benchmarks"),
  Command.withExamples([
    {
      command: "diva fetch --row openai-l14-224 --sd --dry-run",
      description: "What does the first row need, from where, under which licence?",
    },
    {
      command: "diva fetch --row openai-l14-224 --sd --mmvp",
      description: "Fetch it, with the images it is scored on",
    },
  ]),
)
