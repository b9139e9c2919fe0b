import { configHas, recordIn } from "../documentFields.ts"
import type { LaterKind } from "../kind.ts"

/** Kinds of case that are known and come with later capabilities; they are reported, never passed. */
export const laterKinds: readonly LaterKind[] = [
  {
    name: "SigLIP",
    accepts: (document) =>
      configHas(document, "vision_cfg") &&
      Object.hasOwn(recordIn(recordIn(document, "config") ?? {}, "vision_cfg") ?? {}, "timm_model_name"),
    reason: "SigLIP towers are not part of this version",
  },
  {
    name: "OpenCLIP",
    accepts: (document) => configHas(document, "vision_cfg"),
    reason: "OpenCLIP-style towers are not part of this version",
  },
  {
    name: "DIVA training, another flavour",
    accepts: (document) => recordIn(document, "trainer") !== undefined && typeof document["flavour"] === "string",
    reason: "of the flavours of CLIP, this version trains OpenAI's",
  },
  {
    name: "MMVP scores",
    accepts: (document) => Object.hasOwn(document, "predictions") || Object.hasOwn(document, "scores_percent"),
    reason: "MMVP scoring is not part of this version",
  },
  {
    name: "parameter lists",
    accepts: (document) => recordIn(document, "models") !== undefined,
    reason: "full-size parameter lists are not checked by this version",
  },
  {
    name: "image preprocessing",
    accepts: (document) => Array.isArray(document["results"]),
    reason: "evaluation-time image preprocessing is not checked by this version",
  },
  {
    name: "tokenizers",
    accepts: (document) => Array.isArray(document["rows"]),
    reason: "tokenizers are not part of this version",
  },
  {
    name: "weight containers",
    accepts: (document) => Array.isArray(document["files"]) && Array.isArray(document["hostile"]),
    reason: "weight files other than safetensors are not read by this version",
  },
]
