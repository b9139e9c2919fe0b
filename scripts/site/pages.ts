import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"

/** Where pages stand in the site's navigation; those that are not named are reference. */
const categories: Readonly<Record<string, readonly string[]>> = {
  Learn: [
    "first-hour",
    "explore",
    "coming-from",
    "shapes",
    "browser",
    "write-an-op",
    "write-a-condition",
    "write-a-loss",
    "another-encoder",
  ],
  Train: ["train-for-real", "model-zoo", "method", "weights", "data", "evaluation"],
  "How it works": ["architecture", "decisions", "program-to-kernels", "kernels", "profiling", "numbers"],
}

const categoryOf = (name: string): string =>
  Object.entries(categories).find(([, names]) => names.includes(name))?.[0] ?? "Reference"

const titleOf = (text: string, name: string): string => /^# (.*)$/m.exec(text)?.[1] ?? name

/** A page with its title and its place in the navigation, as the site's maker reads them. */
export const sitePage = (text: string, name: string): string => {
  return `---\ntitle: ${JSON.stringify(titleOf(text, name))}\ncategory: ${categoryOf(name)}\n---\n\n${text}`
}

const rewrite = (file: string, change: (text: string) => string): void =>
  writeFileSync(file, change(readFileSync(file, "utf8")))

/** Pages of the site beside README, as seen from the repository and from where they are staged. */
export const sitePages: readonly string[] = ["docs/*.md", "study/*.md"]

/** Copies README, docs and pages of studies to `folder`, links between them intact, as pages of the site. */
export const stagePages = (root: string, folder: string): void => {
  cpSync(join(root, "docs"), join(folder, "docs"), { recursive: true })
  const single = globSync(["packages/*/README.md", "study/*.md", "study/images/*"], { cwd: root })
  for (const name of ["README.md", "LICENSE", ...single]) cpSync(join(root, name), join(folder, name))
  // The site's first page has the project's name above it already.
  rewrite(join(folder, "README.md"), (text) => text.replace(/^# .*\n+/, ""))
  for (const page of globSync(sitePages, { cwd: folder }))
    rewrite(join(folder, page), (text) => sitePage(text, basename(page, ".md")))
}
