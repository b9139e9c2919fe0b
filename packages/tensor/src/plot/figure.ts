import { inspect } from "../text/inspect.ts"
import { printed } from "../text/printed.ts"
import type { Picture } from "./picture.ts"
import { encodePng } from "./png.ts"

export interface TextOptions {
  /** Characters across the drawing, its labels not counted; 60 by default. */
  readonly columns?: number
  /** Lines down the drawing; 15 by default. */
  readonly rows?: number
  /** Whether to use the terminal's colours. Default: no. */
  readonly colour?: boolean
}

export interface PictureSize {
  /** Pixels; 640 by default. */
  readonly width?: number
  /** Pixels; 400 by default. */
  readonly height?: number
}

/** Something drawn: consoles print it as text, and it can be had as a PNG. */
export interface Figure {
  readonly text: (options?: TextOptions) => string
  /** The bytes of a PNG file. */
  readonly png: (size?: PictureSize) => Promise<Uint8Array<ArrayBuffer>>
  /** Writes a PNG file, under Node; resolves to its path. */
  readonly save: (path: string, size?: PictureSize) => Promise<string>
  /** Prints it to the console, in colour where that is a terminal. */
  readonly show: (options?: TextOptions) => void
}

/** How one kind of figure is drawn in either way. */
export interface Drawing {
  readonly text: (options: Required<TextOptions>) => string
  readonly picture: (size: Required<PictureSize>) => Picture
}

const showsColour = (): boolean =>
  typeof process === "object" && process.stdout?.isTTY === true && process.env["NO_COLOR"] === undefined

/** A figure of its drawing. */
export const figure = (drawing: Drawing): Figure => {
  const text = ({ columns = 60, rows = 15, colour = false }: TextOptions = {}): string =>
    drawing.text({ columns, rows, colour })
  const png = ({ width = 640, height = 400 }: PictureSize = {}) => encodePng(drawing.picture({ width, height }))
  const save = async (path: string, size?: PictureSize): Promise<string> => {
    const { writeFile } = await import("node:fs/promises")
    await writeFile(path, await png(size))
    return path
  }
  const show = (options: TextOptions = {}): void => printed(text({ colour: showsColour(), ...options }))
  const made: Figure = { text, png, save, show }
  const inspecting = (_depth: number, { colors = false }: { readonly colors?: boolean } = {}): string =>
    text({ colour: colors })
  // Not enumerable: it is nothing of the figure's own.
  return Object.defineProperty(made, inspect, { value: inspecting })
}
