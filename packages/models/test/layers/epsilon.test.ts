import { constant, input, interpret, type Tensor } from "@diva/tensor"
import { expect, test } from "vitest"
import { initialise, type Parameter } from "../../src/index.ts"
import type { Run } from "../../src/layers/layer.ts"
import { resnetBlock } from "../../src/layers/resnetBlock.ts"
import { transformerBlock } from "../../src/layers/transformerBlock.ts"
import { spatialTransformer } from "../../src/unet/spatialTransformer.ts"
import { vaeMiddle } from "../../src/vae/vaeBlocks.ts"

/** ±size alternating: mean 0 and variance size² in every group of channels, and over every token's channels. */
const alternating = (shape: readonly number[], size: number): Tensor => {
  const count = shape.reduce((product, extent) => product * extent, 1)
  return constant(
    Array.from({ length: count }, (_, i) => (i % 2 === 0 ? size : -size)),
    shape,
  )
}

/** The eps that a fresh norm of this name added: its outputs are ±√(v/(v + eps)). */
const epsilonOf = (
  norm: string,
  parameters: readonly Parameter[],
  variance: number,
  describe: (run: Run) => Tensor,
): number => {
  const fresh = initialise(parameters, 1)
  const params = Object.fromEntries(
    Object.entries(fresh).map(([name, { shape, dtype }]) => [name, input({ shape, dtype }, name)]),
  )
  const seen = new Map<string, Tensor>()
  describe({ params, observe: (name, value) => void seen.set(name, value) })
  const { data } = interpret(seen.get(norm)!, new Map(Object.entries(fresh)))
  return variance / data[0]! ** 2 - variance
}

const size = 2e-3
const map = alternating([1, 8, 2, 2], size)
const variance = Math.fround(size) ** 2

test("a spatial transformer's group norm adds 1e-6, not its resnets' eps", () => {
  const layer = spatialTransformer("t", {
    channels: 8,
    heads: 2,
    depth: 1,
    contextWidth: 4,
    groups: 2,
    linearProjection: true,
  })
  const context = alternating([1, 3, 4], 1)
  const group = epsilonOf("t.norm", layer.parameters, variance, (run) => layer.apply(run, map, context))
  expect(group / 1e-6).toBeCloseTo(1, 2)
})

test("a resnet's norms add the eps it is told", () => {
  const layer = resnetBlock("r", { from: 8, to: 8, groups: 2, eps: 1e-5 })
  const eps = epsilonOf("r.norm1", layer.parameters, variance, (run) => layer.apply(run, map))
  expect(eps / 1e-5).toBeCloseTo(1, 2)
})

test("the VAE's norms add 1e-6", () => {
  const config = {
    inChannels: 3,
    outChannels: 3,
    latentChannels: 4,
    channels: [8],
    resnetsPerLevel: 1,
    groups: 2,
    latentScale: 1,
  }
  const layer = vaeMiddle("m", config)
  const eps = epsilonOf("m.resnets.0.norm1", layer.parameters, variance, (run) => layer.apply(run, map))
  expect(eps / 1e-6).toBeCloseTo(1, 2)
})

test("a transformer block's first norm adds the eps it is told", () => {
  const names = {
    block: "b",
    norm1: "b.n1",
    attention: "b.a",
    projections: { kind: "stacked", weight: "b.w", bias: "b.b", out: "b.o" },
    norm2: "b.n2",
    mlp: "b.m",
    expand: "b.e",
    contract: "b.c",
  } as const
  const layer = transformerBlock(names, {
    width: 8,
    heads: 2,
    mlpWidth: 16,
    activation: "gelu",
    eps: 1e-6,
    causal: false,
    depth: 1,
  })
  const eps = epsilonOf("b.n1", layer.parameters, variance, (run) => layer.apply(run, alternating([1, 3, 8], size)))
  expect(eps / 1e-6).toBeCloseTo(1, 2)
})
