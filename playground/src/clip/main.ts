import { openClip, type ClipSession, type Pairs } from "./clipSession.ts"
import { clipFilesOf, droppedFiles, holdsClip } from "./clipFiles.ts"
import { loadClip, type LoadedClip } from "./loadClip.ts"
import { pictureOf, pixelsOf } from "./picture.ts"
import { similarityTable } from "./similarityTable.ts"

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E
const state = element("state")

type Side = "before" | "after"
const sides: readonly Side[] = ["before", "after"]

interface Held {
  readonly clip: LoadedClip
  readonly session: ClipSession
}

const held: Partial<Record<Side, Held>> = {}
let pictures: readonly File[] = []

const say = (text: string, isWrong = false): void => {
  state.textContent = text
  state.classList.toggle("wrong", isWrong)
}

/** Runs what a button or a file started; what goes wrong is said, not thrown away. */
const during = async (what: string, work: () => Promise<string>): Promise<void> => {
  say(what)
  const buttons = [...document.querySelectorAll("button")]
  buttons.forEach((button) => (button.disabled = true))
  try {
    say(await work())
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true)
  } finally {
    buttons.forEach((button) => (button.disabled = false))
  }
}

const load = (side: Side, files: readonly File[]): Promise<void> =>
  during(`reading ${files.map(({ name }) => name).join(", ")}`, async () => {
    const clip = await loadClip(await clipFilesOf(files, element<HTMLInputElement>("merges").files?.[0]))
    await held[side]?.session.close()
    held[side] = { clip, session: await openClip(clip) }
    return `${clip.name}: pictures of ${clip.config.vision.imageSize} pixels, ${Object.keys(clip.weights).length} tensors`
  })

const captionsGiven = (): readonly string[] =>
  element<HTMLTextAreaElement>("captions")
    .value.split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")

const pairsFor = async ({ config, tokenizer }: LoadedClip): Promise<Pairs> => {
  const [captions, size, context] = [captionsGiven(), config.vision.imageSize, tokenizer.context]
  if (pictures.length === 0) throw new Error("choose pictures, or drop them on this page")
  if (captions.length === 0) throw new Error("write captions, one a line")
  const pixels = new Float32Array(pictures.length * 3 * size * size)
  for (const [i, file] of pictures.entries()) pixels.set(pixelsOf(await pictureOf(file), size), i * 3 * size * size)
  const ids = new Int32Array(captions.length * context)
  for (const [i, caption] of captions.entries()) {
    const row = tokenizer.row(caption)
    if (row._tag === "Left") throw new Error(`"${caption}" is longer than ${context} tokens`)
    ids.set(row.right, i * context)
  }
  return {
    pixels: { shape: [pictures.length, 3, size, size], dtype: "f32", data: pixels },
    ids: { shape: [captions.length, context], dtype: "i32", data: ids },
  }
}

const loaded = (): readonly (readonly [Side, Held])[] => {
  const found = sides.flatMap((side) => (held[side] === undefined ? [] : [[side, held[side]] as const]))
  if (found.length === 0) throw new Error("choose the weights of a CLIP first")
  return found
}

const compare = async (): Promise<string> => {
  const tables: HTMLElement[] = []
  for (const [side, { clip, session }] of loaded()) {
    const cosines = await session.similarities(await pairsFor(clip))
    tables.push(similarityTable(`${side}: ${clip.name}`, pictures, captionsGiven(), cosines))
  }
  element("tables").replaceChildren(...tables)
  return "cosines between pictures and captions; the closest caption of each picture is bold"
}

const steps = 10

const train = async (): Promise<string> => {
  const [, { clip, session }] = loaded().at(-1)!
  const pairs = await pairsFor(clip)
  if (pairs.pixels.shape[0] !== pairs.ids.shape[0] || pairs.pixels.shape[0]! < 2)
    throw new Error(
      `training takes two or more pairs: there are ${pictures.length} pictures and ${captionsGiven().length} captions`,
    )
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    losses.push(await session.train(pairs))
    say(`step ${i + 1} of ${steps}: loss ${losses.at(-1)!.toFixed(4)}`)
  }
  await compare()
  return `loss ${losses[0]!.toFixed(4)} → ${losses.at(-1)!.toFixed(4)} in ${steps} steps of ${clip.name}`
}

for (const side of sides)
  element<HTMLInputElement>(side).addEventListener("change", ({ target }) => {
    const files = [...((target as HTMLInputElement).files ?? [])]
    if (files.length > 0) void load(side, files)
  })

const show = (files: readonly File[]): void => {
  pictures = files
  say(`${files.length} pictures`)
}
element<HTMLInputElement>("pictures").addEventListener("change", ({ target }) =>
  show([...((target as HTMLInputElement).files ?? [])]),
)
element("compare").addEventListener("click", () => void during("comparing", compare))
element("train").addEventListener("click", () => void during("compiling the training step", train))

addEventListener("dragover", (event) => {
  event.preventDefault()
  document.body.classList.add("dropping")
})
addEventListener("dragleave", () => document.body.classList.remove("dropping"))
const take = (files: readonly File[]): void => {
  const images = files.filter(({ type }) => type.startsWith("image/"))
  if (images.length > 0) show([...pictures, ...images])
  if (holdsClip(files)) void load(held.before === undefined ? "before" : "after", files)
}
addEventListener("drop", (event) => {
  event.preventDefault()
  document.body.classList.remove("dropping")
  if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then(take)
})

if (!("gpu" in navigator))
  say("This browser has no WebGPU. Use a current Chrome, Edge, Firefox or Safari, over https or on localhost.", true)
