import { attributeGroupNames, type Estimate, type SamplesReport } from "@diva/diva"
import { counted, columns } from "@diva/tensor"

const percent = ({ value, count, interval: { low, high } }: Estimate): string =>
  count === 0
    ? "none named"
    : `${(100 * value).toFixed(1)} % [${(100 * low).toFixed(1)} … ${(100 * high).toFixed(1)}] of ${count}`

/** How well a diffusion model draws, for people. */
export const renderSampleScores = (report: SamplesReport): string =>
  [
    `${counted(report.count, "picture")} for captions of scenes that no model has seen, seed ${report.seed}`,
    `Fréchet distance ${report.distance.toFixed(4)}; as many other scenes have ${report.distanceOfScenes.toFixed(4)}`,
    "",
    ...columns(
      [
        ["shows its caption's", "samples", "scenes themselves"],
        ...attributeGroupNames.map((group) => [group, percent(report.samples[group]), percent(report.scenes[group])]),
      ],
      ["left", "left", "left"],
    ),
  ].join("\n")
