export { ddimStep, ddimTimesteps, guided, type DdimShares } from "./ddim.ts"
export { readPrior, readVae, type ReadPriorError, type WholePrior, type WholeVae } from "./readPrior.ts"
export { sampleImages, type SampleRequest } from "./sampleImages.ts"
