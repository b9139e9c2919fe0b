import type { AdapterFacts } from "@diva/tensor"

/** The adapter's name for people: the driver's description, or what else it says of itself. */
export const adapterName = (info: Pick<AdapterFacts, "vendor" | "architecture" | "description">): string =>
  info.description || [info.vendor, info.architecture].filter((part) => part !== "").join(" ") || "an unnamed adapter"
