import type { Flip } from "../compare/comparePairs.ts"
import type { ReportedPair, ReportedQuestion } from "../mmvp/mmvpReport.ts"
import { firstProbability } from "../mmvp/pairScore.ts"
import { escaped, fixed } from "./markup.ts"

/** Data addresses of pictures by the path a result names them with. */
export type PageImages = ReadonlyMap<string, string>

/** Mean over draws of the probability that a statement gives to its own picture of the two. */
const probabilityOf = ({ logits }: ReportedPair, statement: 0 | 1): number => {
  const each = logits.map((texts) => firstProbability(texts[statement]))
  const first = each.reduce((sum, probability) => sum + probability, 0) / each.length
  return statement === 0 ? first : 1 - first
}

const answer = (when: string, probability: number): string => {
  const [kind, what] = probability > 0.5 ? ["good", "✓ this"] : ["bad", "✗ other"]
  const percent = Math.round(100 * Math.max(probability, 1 - probability))
  return `<span>${when} <b class="${kind}">${what}</b> ${percent}&nbsp;%</span>`
}

const pictureOf = (images: PageImages, { file, id, statement }: ReportedQuestion): string => {
  const source = images.get(file)
  return source === undefined
    ? `<p class="faint">image ${escaped(id)} is not available</p>`
    : `<img src="${source}" alt="${escaped(statement)}">`
}

/** A picture with its statement, and which of both pictures the statement picks before and after. */
const figure = (images: PageImages, { pair, earlier }: Flip, statement: 0 | 1): string => {
  const question = pair.questions[statement]
  const answers = [
    answer("before", probabilityOf(earlier, statement)),
    answer("after", probabilityOf(pair, statement)),
  ].join("")
  return `<figure>${pictureOf(images, question)}<figcaption>“${escaped(question.statement)}”<span class="answers">${answers}</span></figcaption></figure>`
}

/** Shares are told where draws differ: of one draw the answers say all. */
const sharesOf = ({ pair, before, after }: Flip): string =>
  pair.solved.length === 1 ? "" : `; solved in ${fixed(100 * before)} % of draws before, ${fixed(100 * after)} % after`

const card = (images: PageImages, flip: Flip): string => {
  const [one, two] = flip.pair.questions
  return `<div class="pair"><div class="images">${figure(images, flip, 0)}${figure(images, flip, 1)}</div><p class="faint">${escaped(flip.pair.category)}, pictures ${escaped(one.id)} and ${escaped(two.id)}${sharesOf(flip)}</p></div>`
}

/** Pairs that turned, each with both pictures, their statements and what those picked before and after. */
export const pairCards = (flips: readonly Flip[], images: PageImages): string =>
  flips.length === 0 ? "" : `<div class="pairs">${flips.map((flip) => card(images, flip)).join("\n")}</div>`

/** How they look, in the page's colours: `--ink`, `--faint`, `--line`, `--card`, `--good`, `--bad`. */
export const pairStyle = `
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 14px; }
.pair { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; } .pair .images { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
.pair figure { margin: 0; } .pair img { width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--line); border-radius: 4px; } .pair figcaption { font-size: 13px; margin-top: 4px; }
.pair .answers { display: block; margin-top: 4px; color: var(--faint); font-size: 12px; } .pair .answers span { display: block; }
`
