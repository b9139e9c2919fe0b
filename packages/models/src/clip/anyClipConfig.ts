import type { Either } from "fp-ts/lib/Either.js"
import type { ModelError } from "../modelError.ts"
import type { ClipConfig } from "./clipConfig.ts"
import { parseOpenClip } from "./openClipConfig.ts"
import { parseOpenaiClip } from "./openaiConfig.ts"

const has = (raw: unknown, key: string): raw is Readonly<Record<string, unknown>> =>
  typeof raw === "object" && raw !== null && Object.hasOwn(raw, key)

/**
 * Reads a CLIP's configuration, whoever wrote it: OpenCLIP's (both towers in parts), also as `open_clip_config.json` beside
 * weights wraps it in `model_cfg`, or openai/CLIP's flat constructor arguments.  Errors: `ConfigInvalid`.
 */
export const parseClip = (raw: unknown): Either<ModelError, ClipConfig> => {
  const config = has(raw, "model_cfg") ? raw["model_cfg"] : raw
  return has(config, "vision_cfg") ? parseOpenClip(config) : parseOpenaiClip(config)
}
