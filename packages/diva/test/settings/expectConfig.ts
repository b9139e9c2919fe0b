import { expect } from "vitest"
import { settingNames } from "../../src/settings/index.ts"
import { isHarmless, isRefused, type readDamagedConfig } from "./damagedConfigs.ts"

type Read = Awaited<ReturnType<typeof readDamagedConfig>>

/** Errors of files that say something else than settings, or nothing. */
const expected = ["ConfigInvalid", "FileUnreadable"]

/** What must hold of a configuration damaged in any way: it says the same, or something that is valid, or what is wrong with it. */
export const expectConfig = (kind: string, seed: number, { sound, outcome }: Read): void => {
  const which = `${kind}, seed ${seed}`
  if (isHarmless(kind)) return expect(outcome, which).toEqual(sound)
  if ("tag" in outcome) {
    expect(expected, which).toContain(outcome.tag)
    expect([outcome.rule.trim(), outcome.remedy.trim()], which).not.toContain("")
    return
  }
  expect(isRefused(kind), which).toBe(false)
  const unknown = Object.keys(outcome.settings).filter((name) => !(settingNames as readonly string[]).includes(name))
  expect(unknown, which).toEqual([])
  expect(Number.isSafeInteger(outcome.settings.updates) && outcome.settings.updates >= 1, which).toBe(true)
}
