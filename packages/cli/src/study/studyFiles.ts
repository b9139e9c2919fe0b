import * as path from "node:path"

/** Where what a study gives is written. */
export interface StudyFiles {
  readonly results: string
  readonly page: string
}

/** A page's figure, named after it, as seen from the page: several studies of one folder have one each. */
export const figureOf = (page: string): string => path.posix.join("images", `${path.parse(page).name}.svg`)

export const registeredStudy = "study/study.json"

/** The registered study's results and page are part of the repository; those of any other lie beside its file. */
export const studyFiles = (study: string): StudyFiles => {
  if (path.normalize(study) === path.normalize(registeredStudy))
    return { results: "study/results.jsonl", page: "docs/study.md" }
  const { dir, name } = path.parse(study)
  return { results: path.join(dir, `${name}.results.jsonl`), page: path.join(dir, `${name}.md`) }
}
