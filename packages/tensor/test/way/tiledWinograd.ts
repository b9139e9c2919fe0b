import { add, conv2d, gelu, openDevice, type Choice, type Device } from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { picking, type MatrixCase } from "./matrixCases.ts"

const border = { stride: [1, 1], padding: [0, 2, 2, 1], groups: 1 } as const

/** A rest in channels, features, tiles, rows and columns; whole vectors of pixels, with a residual. */
export const winogradCases = {
  "with a tail, element by element": {
    program: ({ x, w, b }) => gelu(add(conv2d(x!, w!, { padding: 1 }), b!)),
    shapes: { x: [2, 21, 7, 18], w: [33, 21, 3, 3], b: [33, 1, 1] },
  },
  "with a residual, four pixels at a time": {
    program: ({ x, w, b, y }) => add(add(conv2d(x!, w!, { padding: 1 }), b!), y!),
    shapes: { x: [2, 5, 13, 20], w: [18, 5, 3, 3], b: [18, 1, 1], y: [2, 18, 13, 20] },
  },
  "the gradient in the image, with a border that is not the same on each side": {
    program: ({ g, w }) => conv2dInput(g!, w!, [2, 34, 5, 33], border),
    shapes: { g: [2, 17, 5, 34], w: [17, 34, 3, 3] },
  },
} as const satisfies Readonly<Record<string, MatrixCase>>

/** A GPU without subgroups or matrix units, that computes convolutions so wherever a choice is as `isWanted` says. */
export const deviceOf = (isWanted: (choice: Choice) => boolean): Promise<Device> => {
  const picker = picking("tiledWinograd")
  picker.isWanted = isWanted
  const planFor = { isSoftware: false, subgroupSize: 0, textureExtent: 0, workgroupMemory: 16_384, invocations: 256 }
  return openDevice({ planFor, choose: picker.choose })
}
