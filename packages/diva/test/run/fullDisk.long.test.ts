import { testFullDisk } from "./filledDisk.ts"

// Writes of one checkpoint: a folder, three files of open, write, rename, and the folder's own rename.
testFullDisk([
  ["update-00000002.partial", 1, 1],
  ["update-00000002.partial", 3, 1],
  ["update-00000002.partial", 6, 1],
  ["update-00000002.partial", 9, 1],
  ["metrics.jsonl", 4, 1],
  ["tensorboard", 4, 1],
  ["manifest.json", 1, 0],
])
