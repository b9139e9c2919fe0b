import type { Tensor } from "../../../graph.ts"
import type { Group } from "../../../plan/fusion.ts"
import { geometryOf } from "../problem.ts"
import { correlationFlops, correlationKey, smallestWork, type Correlation } from "./correlation.ts"
import { implicitProduct, implicitStrips, type ImplicitChoice } from "./implicitProduct.ts"
import { choiceFor, type Kernel, type KernelLimits } from "../../dispatch/kernel.ts"
import { hasLaneTiles, heightsFor, tileWork } from "../../tiles/laneTile.ts"
import { bindGroup, type GroupBindings } from "../../emit/tail.ts"
import { winogradKernels, winogradStrips } from "./winograd.ts"
import type { WinogradChoice } from "./winogradProduct.ts"
import { winogradOf } from "./winogradMatrices.ts"

/** The kernel that holds a tile in registers and reads buffers: any adapter, any problem. */
export type RegisterChoice = { readonly method: "registers" }

type CorrelationChoice = ImplicitChoice | WinogradChoice | RegisterChoice

interface Candidate {
  readonly choice: CorrelationChoice
  /** Seconds it is expected to take on a CPU driver. */
  readonly seconds: number
}

const wholeTiles = (features: number): number => Math.ceil(features / 32) * 32

const wholeDepth = (channels: number): number => Math.ceil(channels / 8) * 8

// Rates measured on lavapipe, two cores: what tiles multiply (their own loads counted as rows), what is laid out anew.
const flopsPerSecond = 90e9
const readBytesPerSecond = 5e9
const laidBytesPerSecond = 6e9
const registerFlopsPerSecond = 9e9

const layingSeconds = ({ channels, features, kernel }: Correlation, bytes: number): number =>
  (4 * channels * features * kernel[0] * kernel[1]) / readBytesPerSecond + bytes / laidBytesPerSecond

const implicitCandidates = (correlation: Correlation): readonly Candidate[] => {
  const { batch, out, channels, features, kernel } = correlation
  const pixels = batch * out[0] * out[1]
  const taps = kernel[0] * kernel[1]
  const laid = 4 * taps * wholeDepth(channels) * features
  return heightsFor(pixels).map((rows) => {
    const flops = 2 * tileWork(pixels, rows) * taps * wholeDepth(channels) * wholeTiles(features)
    return { choice: { method: "implicit", rows }, seconds: flops / flopsPerSecond + layingSeconds(correlation, laid) }
  })
}

const winogradCandidates = (correlation: Correlation, tile: number): readonly Candidate[] => {
  const { batch, out, channels, features } = correlation
  const planes = winogradOf(tile).extent ** 2
  const tiles = batch * Math.ceil(out[0] / tile) * Math.ceil(out[1] / tile)
  const laid = 4 * planes * (wholeDepth(channels) * features + tiles * (wholeDepth(channels) + features))
  return heightsFor(tiles).map((rows) => {
    const flops = 2 * planes * tileWork(tiles, rows) * wholeDepth(channels) * wholeTiles(features)
    return {
      choice: { method: "winograd", tile, rows },
      seconds: flops / flopsPerSecond + layingSeconds(correlation, laid),
    }
  })
}

const registerCandidate = (correlation: Correlation): Candidate => {
  const flops = correlationFlops(correlation)
  return { choice: { method: "registers" }, seconds: flops < smallestWork ? 0 : flops / registerFlopsPerSecond }
}

const candidatesFor = (correlation: Correlation, limits: KernelLimits): readonly Candidate[] =>
  [
    registerCandidate(correlation),
    ...(implicitStrips(correlation, limits) === null ? [] : implicitCandidates(correlation)),
    ...[2, 4].flatMap((tile) =>
      winogradStrips(correlation, tile, limits) === null ? [] : winogradCandidates(correlation, tile),
    ),
  ].toSorted((a, b) => a.seconds - b.seconds)

const chooseFor = (correlation: Correlation, limits: KernelLimits): CorrelationChoice => {
  const [first, ...others] = candidatesFor(correlation, limits).map(({ choice }) => choice)
  return choiceFor(limits, {
    family: "conv2d",
    problem: correlationKey(correlation),
    candidates: [first!, ...others],
  })
}

/**
 * A convolution or its gradient in the image by the methods of CPU drivers, or `null` where the register kernel is the
 * choice: other adapters, grouped channels, small problems.
 */
export const correlationKernels = (
  group: Group,
  limits: KernelLimits,
  inPlace: Tensor | null,
  correlationOf: (group: Group, bindings: GroupBindings) => Correlation,
): readonly Kernel[] | null => {
  if (!hasLaneTiles(limits)) return null
  if (geometryOf(group.anchor!).groups !== 1) return null
  const bindings = bindGroup(group, limits, inPlace)
  const correlation = correlationOf(group, bindings)
  const choice = chooseFor(correlation, limits)
  switch (choice.method) {
    case "registers":
      return null
    case "implicit":
      return implicitProduct(group, bindings, correlation, implicitStrips(correlation, limits)!, choice, limits)
    case "winograd": {
      const strips = winogradStrips(correlation, choice.tile, limits)!
      return winogradKernels(group, bindings, correlation, strips, choice, limits)
    }
  }
}
