import * as path from "node:path"
import { encodeJpeg, type FileError } from "@diva/models"
import { Effect } from "effect"
import { drawScene, nounOf, sceneAt, type Scene } from "../scenes/index.ts"
import { writeTar, type TarMember } from "../data/tar/writeTar.ts"
import { writeText } from "../files/writeText.ts"
import { doingBetween } from "../doing.ts"

/** What zero-shot classes of the world are: what stands in a scene, or its colour. */
export const classKinds = ["objects", "colours"] as const

export type ClassKind = (typeof classKinds)[number]

interface Labelled {
  readonly scene: Scene
  readonly noun: string
  readonly colour: string
}

/** A scene of one kind of thing in one colour that can be seen: an empty glass has none. */
const labelled = (scene: Scene): Labelled | undefined => {
  const [first] = scene.items
  const isOne = scene.items.every(({ thing, colour }) => thing === first!.thing && colour === first!.colour)
  return isOne && first!.detail !== "empty" ? { scene, noun: nounOf(first!.thing), colour: first!.colour } : undefined
}

const labelOf = (kind: ClassKind, { noun, colour }: Labelled): string => (kind === "objects" ? noun : colour)

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted()

const templatesOf = (kind: ClassKind, scenes: readonly Labelled[]): readonly string[] =>
  kind === "objects"
    ? ["a {c}", "a photo of a {c}", "picture of a {c}", "image of a {c}"]
    : distinct(scenes.map(({ noun }) => noun)).map((noun) => `a {c} ${noun}`)

const quality = 92

const membersOf = async (scene: Scene, label: number, index: number, size: number): Promise<readonly TarMember[]> => {
  const key = `s${String(index).padStart(7, "0")}`
  return [
    { name: `${key}.jpg`, bytes: await encodeJpeg(drawScene(scene, size), quality) },
    { name: `${key}.cls`, bytes: new TextEncoder().encode(String(label)) },
  ]
}

async function* members(
  scenes: readonly Labelled[],
  kind: ClassKind,
  classes: readonly string[],
  size: number,
  say: (done: number) => void,
): AsyncGenerator<TarMember> {
  for (const [index, each] of scenes.entries()) {
    say(index)
    yield* await membersOf(each.scene, classes.indexOf(labelOf(kind, each)), index, size)
  }
}

export interface ClassSetWanted {
  readonly kind: ClassKind
  readonly count: number
  readonly seed: number
  readonly size: number
}

/**
 * Writes a classification data set in CLIP_benchmark's layout: scenes of one kind of thing, by thing or by colour.
 * Gives its classes. Errors: file errors.
 */
export const writeClassSet = Effect.fn("writeClassSet")(function* (
  folder: string,
  { kind, count, seed, size }: ClassSetWanted,
): Effect.fn.Return<readonly string[], FileError> {
  const scenes: Labelled[] = []
  for (let index = 0; scenes.length < count; index++) {
    const found = labelled(sceneAt(seed, index))
    if (found !== undefined) scenes.push(found)
  }
  const classes = distinct(scenes.map((each) => labelOf(kind, each)))
  yield* writeText(path.join(folder, "classnames.txt"), `${classes.join("\n")}\n`)
  const templates = templatesOf(kind, scenes)
  yield* writeText(path.join(folder, "zeroshot_classification_templates.txt"), `${templates.join("\n")}\n`)
  yield* writeText(path.join(folder, "test", "nshards.txt"), "1\n")
  const say = yield* doingBetween
  const told = (done: number): void => say("rendering scenes", done, count)
  yield* writeTar(path.join(folder, "test", "0.tar"), members(scenes, kind, classes, size, told))
  return classes
})
