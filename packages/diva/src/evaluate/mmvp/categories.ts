import { nearestName } from "@diva/models"

/** One of MMVP's nine visual patterns. */
export interface Category {
  /** As the original prints it. */
  readonly name: string
  /** As the papers' tables print it. */
  readonly title: string
  /** Other spellings, of the data set's folders and `Type` values, and of this project's own scenes. */
  readonly aliases: readonly string[]
}

const category = (name: string, aliases: readonly string[], title = name): Category => ({ name, title, aliases })

/** In the order of the data set and of every table. Source: tsb0601/MMVP README and scripts/evaluate_vlm.py. */
export const categories: readonly Category[] = [
  category("Orientation and Direction", ["Orientation"]),
  category("Presence of Specific Features", ["Presence"]),
  category("State and Condition", ["State"]),
  category("Quantity and Count", ["Quantity", "Count"]),
  category("Positional and Relational Context", ["Spatial", "Position"]),
  category("Color and Appearance", ["Color", "Colour", "Colour and Appearance"]),
  category(
    "Structural Characteristics",
    ["Structural Character", "Structural", "Structure"],
    "Structural and Physical Characteristics",
  ),
  category("Texts", ["Text"]),
  category("Viewpoint and Perspective", ["Camera Perspective", "Viewpoint", "Perspective"]),
]

/** Spellings differ in case, and in spaces where others have underscores. */
const plain = (label: string): string =>
  label
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ")
    .trim()

const byLabel: ReadonlyMap<string, number> = new Map(
  categories.flatMap(({ name, title, aliases }, i) =>
    [name, title, ...aliases].map((label) => [plain(label), i] as const),
  ),
)

/** The number of the category that a label names in any of its spellings; undefined for any other label. */
export const categoryOf = (label: string): number | undefined => byLabel.get(plain(label))

/** The label nearest to an unknown one, where one is close. */
export const nearestCategory = (label: string): string | undefined =>
  nearestName(
    label,
    categories.flatMap(({ name, title, aliases }) => [name, title, ...aliases]),
  )
