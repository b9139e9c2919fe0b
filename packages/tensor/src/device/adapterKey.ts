import type { AdapterFacts } from "./facts.ts"

/** An adapter and its driver as one name: what measurements on it are kept under. */
export const adapterKey = ({
  vendor,
  architecture,
  description,
}: Pick<AdapterFacts, "vendor" | "architecture" | "description">): string =>
  [vendor, architecture, description].filter((part) => part !== "").join(" ")
