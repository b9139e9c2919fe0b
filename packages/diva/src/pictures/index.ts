export { readPictures, type PictureSet, type StoredPictures } from "./pictureFiles.ts"
export { missingDecoder, pictureObserver, type PictureOptions } from "./pictureObserver.ts"
export { picturesOfRun, type PicturesOfRun } from "./picturesOfRun.ts"
