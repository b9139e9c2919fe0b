export { type DecodePool, defaultWorkers, openDecodePool } from "./decodePool.ts"
export type { MadePicture, PictureTask } from "./pictureTask.ts"
