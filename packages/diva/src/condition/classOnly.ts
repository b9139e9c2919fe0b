import { titled } from "../titled.ts"
import type { Condition } from "./condition.ts"

/** The global token alone.  → [batch, 1, width] */
export const classOnly: Condition = titled("classOnly", ({ global }) => global)
