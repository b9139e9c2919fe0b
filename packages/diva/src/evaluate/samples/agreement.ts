import { attributeGroupNames, attributeGroups, attributesOf, type AttributeGroup } from "../../scenes/attributes.ts"
import type { Estimate } from "../statistics/interval.ts"
import { wilson } from "../statistics/wilson.ts"

/** Share of pictures that show what their captions say, of those whose captions say something of the group. */
export type Agreement = Readonly<Record<AttributeGroup, Estimate>>

const startOf = (group: AttributeGroup): number => {
  let start = 0
  for (const name of attributeGroupNames) {
    if (name === group) return start
    start += attributeGroups[name].length
  }
  return start
}

/** Whether the words that a caption names are the likeliest of their group; undefined where it names none. */
export const agrees = (group: AttributeGroup, caption: string, logits: ArrayLike<number>): boolean | undefined => {
  const [start, { length }] = [startOf(group), attributeGroups[group]]
  const named = attributesOf(caption).subarray(start, start + length)
  const count = named.reduce((sum, each) => sum + each, 0)
  if (count === 0) return undefined
  const likeliest = Array.from({ length }, (_, i) => i)
    .toSorted((a, b) => logits[start + b]! - logits[start + a]!)
    .slice(0, count)
  return likeliest.every((i) => named[i] === 1)
}

/** Agreement of pictures with their captions, by a classifier's logits of each picture. */
export const agreementOf = (captions: readonly string[], logits: readonly ArrayLike<number>[]): Agreement =>
  Object.fromEntries(
    attributeGroupNames.map((group) => {
      const answers = captions.flatMap((caption, i) => agrees(group, caption, logits[i]!) ?? [])
      return [group, wilson(answers.filter((isRight) => isRight).length, answers.length)]
    }),
  ) as Agreement
