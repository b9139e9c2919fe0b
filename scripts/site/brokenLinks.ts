import { existsSync, globSync, readFileSync, statSync } from "node:fs"
import { dirname, join, normalize } from "node:path"

const attributes = /\s(?:href|src)="([^"]*)"/g

const idsOf = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => id!))

const unescaped = (link: string): string => decodeURIComponent(link.replaceAll("&amp;", "&"))

/** Links of a site's pages that lead nowhere within it, as `page → link`; and those that a browser would load from elsewhere. */
export const brokenLinks = (site: string, pages: string = "**/*.html"): readonly string[] => {
  const read = new Map<string, ReadonlySet<string>>()
  const idsIn = (file: string): ReadonlySet<string> => {
    const found = read.get(file) ?? idsOf(readFileSync(file, "utf8"))
    read.set(file, found)
    return found
  }
  const isBroken = (page: string, link: string): boolean => {
    if (/^(?:https?:|mailto:|data:|#?$)/.test(link)) return false
    const [path, anchor] = unescaped(link).split("#") as [string, string?]
    const file = path === "" ? page : normalize(join(dirname(page), path))
    if (!existsSync(file) || statSync(file).isDirectory()) return true
    return anchor !== undefined && anchor !== "" && file.endsWith(".html") && !idsIn(file).has(anchor)
  }
  return globSync(pages, { cwd: site }).flatMap((name) => {
    const page = join(site, name)
    const html = readFileSync(page, "utf8")
    const lost = [...html.matchAll(attributes)].filter(([, link]) => isBroken(page, link!))
    const foreign = [...html.matchAll(/<(?:script|link|img)[^>]*\s(?:href|src)="(https?:[^"]*)"/g)]
    return [...lost, ...foreign].map(([, link]) => `${name} → ${link}`)
  })
}
