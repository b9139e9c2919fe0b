import type { HostArray } from "@diva/tensor"

const cell = (kind: "td" | "th", content: string | Node): HTMLTableCellElement => {
  const made = document.createElement(kind)
  made.append(content)
  return made
}

const imageOf = (file: Blob): HTMLImageElement => {
  const image = new Image()
  image.src = URL.createObjectURL(file)
  image.addEventListener("load", () => URL.revokeObjectURL(image.src))
  return image
}

const row = (...cells: readonly Node[]): HTMLTableRowElement => {
  const made = document.createElement("tr")
  made.append(...cells)
  return made
}

/** Cosines as a table: a picture a row, a caption a column. `cosines`: [pictures, captions] */
export const similarityTable = (
  title: string,
  pictures: readonly Blob[],
  captions: readonly string[],
  { data }: HostArray,
): HTMLTableElement => {
  const table = document.createElement("table")
  const caption = table.createCaption()
  caption.textContent = title
  table.append(row(cell("th", ""), ...captions.map((text) => cell("th", text))))
  for (const [i, picture] of pictures.entries()) {
    const values = Array.from(data.slice(i * captions.length, (i + 1) * captions.length), Number)
    const cells = values.map((value) => cell("td", value.toFixed(4)))
    cells[values.indexOf(Math.max(...values))]?.classList.add("closest")
    table.append(row(cell("th", imageOf(picture)), ...cells))
  }
  return table
}
