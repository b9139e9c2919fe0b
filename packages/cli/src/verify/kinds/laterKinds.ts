import { configHas, recordIn } from "../documentFields.ts"
import type { LaterKind } from "../kind.ts"

/** Kinds of case that are known and come with later capabilities; they are reported, never passed. */
export const laterKinds: readonly LaterKind[] = [
  {
    name: "SigLIP",
    accepts: (document) =>
      configHas(document, "vision_cfg") &&
      Object.hasOwn(recordIn(recordIn(document, "config") ?? {}, "vision_cfg") ?? {}, "timm_model_name"),
    reason: "this version does not verify SigLIP towers",
  },
  {
    name: "OpenCLIP",
    accepts: (document) => configHas(document, "vision_cfg"),
    reason: "this version does not verify OpenCLIP towers",
  },
  {
    name: "DIVA training, another flavour",
    accepts: (document) => recordIn(document, "trainer") !== undefined && typeof document["flavour"] === "string",
    reason: "of CLIP's flavours, this version trains OpenAI's",
  },
  {
    name: "MMVP scores",
    accepts: (document) => Object.hasOwn(document, "predictions") || Object.hasOwn(document, "scores_percent"),
    reason: "this version does not score MMVP",
  },
  {
    name: "parameter lists",
    accepts: (document) => recordIn(document, "models") !== undefined,
    reason: "this version does not verify full-size parameter lists",
  },
  {
    name: "image preprocessing",
    accepts: (document) => Array.isArray(document["results"]),
    reason: "this version does not verify evaluation-time preprocessing",
  },
  {
    name: "tokenizers",
    accepts: (document) => Array.isArray(document["rows"]),
    reason: "this version has no tokenizers",
  },
  {
    name: "weight containers",
    accepts: (document) => Array.isArray(document["files"]) && Array.isArray(document["hostile"]),
    reason: "this version reads no weight files but safetensors",
  },
]
