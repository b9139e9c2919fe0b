import { printable, styleOf, type Recognised, type UnmatchedName } from "@diva/models"
import { counted, columns } from "@diva/tensor"
import type { Content, Inspection } from "../weights/inspectFile.ts"
import { showBytes, showCount } from "../text/number.ts"
import type { Style } from "../text/style.ts"

const namesShown = 12

const more = (names: readonly string[]): readonly string[] =>
  names.length > namesShown ? [`    … and ${names.length - namesShown} more`] : []

const listed = (names: readonly string[]): readonly string[] => [
  ...names.slice(0, namesShown).map((name) => `    ${printable(name)}`),
  ...more(names),
]

const verdict = ({ models, imageTowerOf, resized, inferred, inferredTower, nearest }: Recognised): string => {
  if (models.length > 0) return models.join(" or ")
  if (imageTowerOf !== undefined) return `the image tower of ${imageTowerOf.join(" or ")}, without the text tower`
  if (resized !== undefined) return `${resized.models.join(" or ")}, for images of ${resized.imageSize} pixels`
  if (inferred !== undefined) return `an OpenAI CLIP of its own size: ${JSON.stringify(inferred)}`
  if (inferredTower !== undefined)
    return `the image tower of a CLIP of its own size, without the text tower: ${JSON.stringify(inferredTower)}`
  return nearest === undefined ? "no model of the zoo" : `no model of the zoo; nearest is ${nearest.model}`
}

const unmatched = ({ key, nearest }: UnmatchedName): string =>
  nearest === undefined ? printable(key) : `${printable(key)}   — did you mean ${printable(nearest)}?`

const differences = ({ nearest }: Recognised): readonly string[] => {
  if (nearest === undefined) return []
  const { missing, unexpected, wrongShape } = nearest.mismatch
  const group = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`  ${title}`, ...listed(names)]
  return [
    ...group(
      `missing (${missing.length})`,
      missing.map(({ key }) => key),
    ),
    ...group(`unexpected (${unexpected.length})`, unexpected.map(unmatched)),
    ...group(
      `of another shape (${wrongShape.length})`,
      wrongShape.map(({ key, expected, found }) => `${key}: [${found.join(", ")}] instead of [${expected.join(", ")}]`),
    ),
  ]
}

const partLines = (part: Recognised, style: Style): readonly string[] => [
  `${style.strong("model")}    ${verdict(part)}`,
  `         ${styleOf[part.kind]} names${part.prefix === "" ? "" : ` behind "${printable(part.prefix)}"`}, ` +
    `${counted(part.tensors, "tensor")}, ${counted(part.parameters, "parameter")}`,
  ...(part.extras.length === 0 ? [] : [`         beside the parameters: ${part.extras.map(printable).join(", ")}`]),
  ...differences(part).map((line) => style.bad(line)),
]

const tensorLines = (tensors: Inspection["tensors"]): readonly string[] =>
  columns(
    tensors.map(({ name, dtype, shape }) => [printable(name), dtype, `[${shape.join(", ")}]`]),
    ["left", "left", "left"],
  )

/** What no model explains is all that says what a file holds: shown with types and shapes. */
const othersLines = ({ others, tensors }: Inspection, style: Style): readonly string[] => {
  if (others.length === 0) return []
  const unknown = new Set(others)
  const shown = tensors.filter(({ name }) => unknown.has(name)).slice(0, namesShown)
  return [
    style.bad(`of no model this version knows (${others.length})`),
    ...tensorLines(shown).map((line) => `    ${line}`),
    ...more(others),
  ]
}

const contentLines = (content: Content | undefined, style: Style): readonly string[] =>
  content === undefined
    ? []
    : [
        `${style.strong("sha-256")}  ${content.sha256}`,
        content.published === undefined
          ? "         of no published file this version knows"
          : `         ${style.good(content.published.title)}, ${content.published.row}`,
      ]

const wrapperRemarks = ({ wrappers }: Inspection): readonly string[] =>
  wrappers.length === 0 ? [] : [`names are read without what training wrappers put into them: ${wrappers.join(", ")}`]

/** An inspection as text. */
export const renderInspection = (
  inspection: Inspection,
  content: Content | undefined,
  withTensors: boolean,
  style: Style,
): string =>
  [
    `${style.strong("file")}     ${printable(inspection.file)}`,
    `${style.strong("format")}   ${inspection.format}`,
    `${style.strong("tensors")}  ${showCount(inspection.tensors.length)}, ${showBytes(inspection.bytes)}: ` +
      inspection.types.map(({ dtype, tensors, elements }) => `${tensors} ${dtype} (${showCount(elements)})`).join(", "),
    ...contentLines(content, style),
    ...[...inspection.remarks, ...wrapperRemarks(inspection)].map(
      (remark) => `${style.strong("note")}     ${printable(remark)}`,
    ),
    ...inspection.parts.flatMap((part) => partLines(part, style)),
    ...othersLines(inspection, style),
    ...(withTensors ? ["", ...tensorLines(inspection.tensors)] : []),
  ].join("\n")

/** An inspection as `--json` prints it. */
export const inspectionData = (inspection: Inspection, content: Content | undefined) => ({
  ...inspection,
  ...content,
  parts: inspection.parts.map(({ nearest, ...part }) => ({
    ...part,
    style: styleOf[part.kind],
    ...(nearest === undefined
      ? {}
      : {
          nearest: {
            model: nearest.model,
            missing: nearest.mismatch.missing,
            unexpected: nearest.mismatch.unexpected,
            wrongShape: nearest.mismatch.wrongShape,
          },
        }),
  })),
})
