import type { AdapterFacts } from "./adapterFacts.ts"

type Names = Pick<AdapterFacts, "vendor" | "architecture" | "device" | "description">

/** Architectures of cards by the begin of their devices' names: implementations tell none of cards that are newer than they are. */
const architectures: readonly (readonly [begin: string, architecture: string])[] = [
  ["nvidia-h100", "hopper"],
  ["nvidia-h200", "hopper"],
  ["nvidia-gh200", "hopper"],
]

const architectureOf = ({ architecture, device }: Names): string =>
  architecture !== "" ? architecture : (architectures.find(([begin]) => device.startsWith(begin))?.[1] ?? "")

/** The card, where the description does not name it: of drivers that describe only themselves. */
const cardOf = ({ vendor, device, description }: Names): string => {
  const name = device.startsWith(`${vendor}-`) ? device.slice(vendor.length + 1) : device
  const [first = ""] = name.split("-")
  return description.toLowerCase().includes(first.toLowerCase()) ? "" : name
}

/**
 * An adapter and its driver as one name: what measurements on it are kept under. Vendor and architecture come first, so that what was
 * measured for all cards of one is kept under them and a `*`.
 */
export const adapterKey = (names: Names): string =>
  [names.vendor, architectureOf(names), cardOf(names), names.description].filter((part) => part !== "").join(" ")
