// Modules under the names they are imported by, instead of their folders.

/** @param {string} name */
const imported = (name) =>
  name.replace(/^(\w+)\/src(\/\w+)?$/, (_, own, rest = "") => `@diva/${own}${rest === "/key" ? "/random" : rest}`)

/** @param {import("typedoc").Application} application */
export const load = (application) => {
  application.converter.on("resolveBegin", ({ project }) => {
    for (const child of project.children ?? []) child.name = imported(child.name)
  })
}
