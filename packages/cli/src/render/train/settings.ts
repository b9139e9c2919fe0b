import { columns } from "@diva/tensor"
import type { ResolvedSetting } from "@diva/diva"

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** Every setting with its value and where it comes from. */
export const renderSettings = (settings: readonly ResolvedSetting[]): string =>
  [
    "settings",
    ...columns(
      settings.map(({ name, value, from }) => [`  ${name}`, shown(value), from]),
      ["left", "left", "left"],
    ),
  ].join("\n")
