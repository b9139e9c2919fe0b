/** The command line of a few updates of full size on rendered scenes, which needs no download. */
export const fullTraining = (batch: number, out: string): readonly string[] => [
  "train",
  "--row",
  "openai-l14-224",
  "--synthetic-weights",
  "--demo-data",
  "--batch",
  String(batch),
  "--images-per-update",
  String(batch),
  "--updates",
  "4",
  "--checkpoint-every",
  "1000",
  "--out",
  out,
  "--json",
]
