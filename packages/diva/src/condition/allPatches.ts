import { concat } from "@diva/tensor"
import { titled } from "../titled.ts"
import type { Condition } from "./condition.ts"

/**
 * The global token and every patch token.  → [batch, 1 + patches, width]
 * Source: DIVA condition/MetaCLIP_for_openclip_transformer.py, DFN_for_openclip_transformer.py.
 */
export const allPatches: Condition = titled("allPatches", ({ global, patches }) => concat([global, patches], 1))
