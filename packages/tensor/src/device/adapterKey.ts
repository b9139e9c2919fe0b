import type { DeviceInfo } from "./state.ts"

/** An adapter and its driver as one name: what measurements on it are kept under. */
export const adapterKey = ({ vendor, architecture, description }: DeviceInfo): string =>
  [vendor, architecture, description].filter((part) => part !== "").join(" ")
