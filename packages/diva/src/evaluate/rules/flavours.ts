import { add } from "@diva/tensor"
import type { ClipRow } from "@diva/models"
import { windowMeans } from "../../condition/averagePool.ts"
import { drawnMeans, unitTokens, type ScoringRule, type Temperature } from "./scoringRule.ts"

const scaled = (similarity: number, { scale }: Temperature): number => scale * similarity
const shifted = (similarity: number, { scale, bias }: Temperature): number => scale * similarity + bias

/** The model as its authors score it: class token or pooled vector, and its own scale and bias. */
export const stockRule: ScoringRule = { title: "stock", image: ({ global }) => unitTokens(global), logit: shifted }

/**
 * OpenAI's as DIVA scores it: class token + mean of drawn patches, neither normalised before they are added.
 * Source: DIVA condition/OpenAICLIP_for_clip_model.py.
 */
const openai: ScoringRule = {
  title: "diva openai",
  drawn: () => 76,
  image: ({ global, patches, shares }) => unitTokens(add(global, drawnMeans(shares, patches))),
  logit: scaled,
}

/** MetaCLIP's: unit class token + mean of all unit patches, normalised again; scale 100. Source: run_DIVA_with_MetaCLIP.py. */
const metaclip: ScoringRule = {
  title: "diva metaclip",
  image: ({ global, patches }) => unitTokens(add(unitTokens(global), drawnMeans(undefined, unitTokens(patches)))),
  logit: (similarity) => 100 * similarity,
}

/** SigLIP's and DFN's at 224 pixels: the global vector alone. Source: run_DIVA_with_SigLIP.py, run_DIVA_with_DFN.py. */
const siglip: ScoringRule = { title: "diva siglip", image: ({ global }) => unitTokens(global), logit: shifted }
const dfn224: ScoringRule = { title: "diva dfn224", image: ({ global }) => unitTokens(global), logit: scaled }

/**
 * DFN's at 378 pixels: unit class token + mean of half as many drawn unit patches as there are, not normalised, so the
 * length of the sum counts. Source: run_DIVA_with_DFN.py.
 */
const dfn378: ScoringRule = {
  title: "diva dfn378",
  drawn: (patches) => Math.max(1, Math.floor(patches / 2)),
  image: ({ global, patches, shares }) => add(unitTokens(global), drawnMeans(shares, unitTokens(patches))),
  logit: scaled,
}

/**
 * SigLIP's until the original's commit of 2024-08-06: pooled vector + mean of the window means that training retains.
 * Source: run_DIVA_with_SigLIP.py of 2024-08-05.
 */
const siglipFirst = (window: number): ScoringRule => ({
  title: "diva siglip, first published",
  image: ({ global, patches }) => unitTokens(add(global, drawnMeans(undefined, windowMeans(patches, window)))),
  logit: shifted,
})

/** Flavours of the method's evaluation; the number of SigLIP's is its pooling window in training. */
export const divaRules = { openai, metaclip, dfn224, dfn378, siglip6: siglip, siglip10: siglip } as const

/**
 * How the original scored when it was published: SigLIP's local tokens counted too, and the file of DFN's tower, exchanged until
 * 2024-08-18, gave each size the tokens of the other.
 */
export const firstPublishedRules: Readonly<Record<Flavour, ScoringRule>> = {
  ...divaRules,
  siglip6: siglipFirst(6),
  siglip10: siglipFirst(10),
  dfn224: { ...dfn378, title: "diva dfn224, first published" },
  dfn378: { ...dfn224, title: "diva dfn378, first published" },
}

export type Flavour = keyof typeof divaRules

export const isFlavour = (name: string): name is Flavour => Object.hasOwn(divaRules, name)

const flavours: Readonly<Record<ClipRow, Flavour>> = {
  "openai-l14-224": "openai",
  "openai-l14-336": "openai",
  "metaclip-l14-224": "metaclip",
  "metaclip-h14-224": "metaclip",
  "siglip-so400m-14-224": "siglip6",
  "siglip-so400m-14-384": "siglip10",
  "dfn-h14-224": "dfn224",
  "dfn-h14-378": "dfn378",
}

/** Names of the flavours. */
export const flavourNames = Object.keys(divaRules) as readonly Flavour[]

/** The flavour of a row of the model zoo. */
export const flavourOf = (row: ClipRow): Flavour => flavours[row]

/** A rule that draws, with the mean of all patches in place of the draw: what the draws scatter about, without scatter. */
export const withAllPatches = ({ title, image, logit }: ScoringRule): ScoringRule => ({
  title: `${title}, all patches`,
  image,
  logit,
})
