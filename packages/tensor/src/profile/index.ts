// Where a program's time goes: measured, summed up, drawn.
export * from "./measured.ts"
export { chromeTrace, type Trace, type TraceEvent } from "./trace.ts"
export { profilePicture, type PictureOptions } from "./picture.ts"
