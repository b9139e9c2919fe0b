export { ddimStep, ddimTimesteps, guided, type DdimShares } from "./ddim.ts"
export { readPrior, type ReadPriorError, type WholePrior } from "./readPrior.ts"
export { sampleImages, type SampleRequest } from "./sampleImages.ts"
