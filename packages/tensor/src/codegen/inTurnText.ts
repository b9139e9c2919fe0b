import { shareText, sharedMemory, type Share } from "./togetherText.ts"

/** How the second shader's items of work follow from what a workgroup of the first has stored: parameters of the text, in order. */
export const turnParams = ["own", "rows", "abreast", "images", "each"] as const

/**
 * One shader that computes what two would, one after the other: each workgroup of the first stores whole channels of one image, a row of its own, and
 * goes on with the second one's items for these channels, of which invocations take every so many-th. What invocations have stored
 * before the barrier all of the workgroup see after it.
 */
export const inTurnText = (
  [first, second]: readonly [Share, Share],
  bindings: readonly { readonly access: string; readonly type: string }[],
): string => {
  const memory = sharedMemory()
  const written = [first, second].map((share, at) => shareText(share, `t${at}`, memory))
  const params = [...turnParams, ...written.flatMap((each) => each.params)]
  const { workgroupSize } = first.pieces
  const size = second.pieces.workgroupSize
  return [
    ...new Set([first, second].flatMap(({ pieces }) => pieces.directives)),
    ...bindings.map(({ access, type }, at) => `@group(0) @binding(${at}) var<storage, ${access}> b${at}: ${type};`),
    `struct Params { ${params.map((name) => `${name}: u32`).join(", ")} }`,
    `@group(0) @binding(${bindings.length}) var<uniform> params: Params;`,
    ...memory.declarations(),
    ...written.map(({ body }) => body),
    `@compute @workgroup_size(${workgroupSize})`,
    "fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {",
    "let group = group_id.x + group_id.y * groups.x;",
    "main_t0(group, lane);",
    "storageBarrier();",
    `for (var i = lane; i < params.own; i += ${workgroupSize}u) {`,
    "let channel = group % params.rows * params.abreast + i / params.each;",
    "let item = (channel * params.images + group / params.rows) * params.each + i % params.each;",
    `main_t1(item / ${size}u, item % ${size}u);`,
    "}",
    "}",
    "",
  ].join("\n")
}
