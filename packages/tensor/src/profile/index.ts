// Where a program's time goes: measured, summed up, drawn.
export { profile, type Profile, type ProfileOptions, type StepProfile } from "./profile.ts"
export { familyWork, kernelWork, totalWork, type FamilyWork, type KernelWork, type Work } from "./summary.ts"
export { showProfile, type ShowProfileOptions } from "./showProfile.ts"
export { chromeTrace, type Trace, type TraceEvent } from "./trace.ts"
export { profilePicture, type PictureOptions } from "./picture.ts"
export { estimate, type Estimate, type FamilyEstimate, type KernelEstimate } from "../plan/estimate.ts"
export { showPlan, type ShowPlanOptions } from "../plan/show.ts"
