import { assert, describe, it } from "@effect/vitest"
import { editDistance } from "../../../models/src/params/nearestName.ts"
import { Effect } from "effect"
import { checkPartial, settingNames, trainSettings, type Setting, type SettingName } from "../../src/settings/index.ts"

const settingOf = (name: SettingName): Setting<unknown> => trainSettings[name] as unknown as Setting<unknown>

/** The words or names that a setting takes, as its own errors list them. */
const namesOf = (name: SettingName): readonly string[] => {
  const [, list] = /^(?:one|a list) of (.*)$/.exec(settingOf(name).wanted) ?? []
  return (list ?? "")
    .replaceAll(/\([^)]*\)/g, "")
    .split(", ")
    .filter((each) => each !== "")
}

/** A letter left out, one put in, two exchanged, somewhere in the middle. */
const typosOf = (word: string): readonly string[] => {
  const at = word.length >> 1
  return [
    word.slice(0, at) + word.slice(at + 1),
    `${word.slice(0, at)}q${word.slice(at)}`,
    word.slice(0, at - 1) + word[at]! + word[at - 1]! + word.slice(at + 1),
  ]
}

const plain = (word: string): string => word.toLowerCase().replaceAll("-", "")

const enumerated = settingNames.filter((name) => namesOf(name).length > 1)

describe("a setting that takes one of a few names", () => {
  it("is one of many", () => assert.isAbove(enumerated.length, 18))

  for (const name of enumerated)
    it.effect(`suggests the nearest for a mistyped one: --${name}`, () =>
      Effect.gen(function* () {
        const names = namesOf(name)
        for (const word of names.filter(({ length }) => length > 3))
          for (const typo of typosOf(word)) {
            if (names.some((each) => plain(each) === plain(typo))) continue
            const error = yield* Effect.flip(checkPartial({ [name]: typo }))
            const [, suggested] = /did you mean "(.*)"\?/.exec(error._tag === "ConfigInvalid" ? error.remedy : "") ?? []
            assert.include(names, suggested, `${name}: ${typo}`)
            // Another may be as near, as one picture size is to the next.
            const far = (other: string) => editDistance(plain(typo), plain(other), 9)
            assert.isAtMost(far(suggested!), far(word), `${name}: ${typo} → ${suggested}`)
          }
      }),
    )

  it.effect("means the same word whatever its case and hyphens", () =>
    Effect.gen(function* () {
      for (const [name, text, meant] of [
        ["truncated", "keep-whole", "keepWhole"],
        ["semantics", "Corrected", "corrected"],
        ["precision", "HIGH", "high"],
        ["patch-draws", "without-replacement", "withoutReplacement"],
        ["prompt", "Empty", "empty"],
        ["row", "OpenAI-L14-224", "openai-l14-224"],
      ] as const)
        assert.deepStrictEqual(yield* checkPartial({ [name]: text }), { [name]: meant })
    }),
  )
})
