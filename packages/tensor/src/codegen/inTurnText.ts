import { launchText, shareText, sharedMemory, type LaunchBindings, type Share } from "./togetherText.ts"

/** How the second shader's items of work follow from what a workgroup of the first has stored: parameters of the text, in order. */
export const turnParams = ["own", "rows", "abreast", "images", "each"] as const

/**
 * One shader that computes what two would, one after the other: each workgroup of the first stores whole channels of one image, a row of its own, and
 * goes on with the second one's items for these channels, of which invocations take every so many-th. What invocations have stored
 * before the barrier all of the workgroup see after it.
 */
export const inTurnText = ([first, second]: readonly [Share, Share], bindings: LaunchBindings): string => {
  const memory = sharedMemory()
  const written = [first, second].map((share, at) => shareText(share, `t${at}`, memory))
  const params = [...turnParams, ...written.flatMap((each) => each.params)]
  const { workgroupSize } = first.pieces
  const size = second.pieces.workgroupSize
  const directives = new Set([first, second].flatMap(({ pieces }) => pieces.directives))
  const bodies = [...memory.declarations(), ...written.map(({ body }) => body)]
  return launchText(directives, bindings, params, bodies, workgroupSize, [
    "main_t0(group, lane);",
    "storageBarrier();",
    `for (var i = lane; i < params.own; i += ${workgroupSize}u) {`,
    "let channel = group % params.rows * params.abreast + i / params.each;",
    "let item = (channel * params.images + group / params.rows) * params.each + i % params.each;",
    `main_t1(item / ${size}u, item % ${size}u);`,
    "}",
  ])
}
