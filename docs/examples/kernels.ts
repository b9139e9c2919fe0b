// How a program becomes kernels: one layer as a graph, as a plan, and as the shader that computes it.
import { add, f32, knownAdapters, logistic, matmul, planOf, reachable, showPlan, type Tensor } from "@diva/tensor"

const layer = ({ x, w, b }: { readonly x: Tensor; readonly w: Tensor; readonly b: Tensor }) => {
  const y = logistic(add(matmul(x, w), b))
  // The graph: every node after those it is made of.
  for (const { op, inputs, dtype, shape } of reachable([y]).filter(({ inputs }) => inputs.length > 0))
    console.log(`${op.name}(${inputs.map((input) => input.op.name).join(", ")}) → ${dtype}[${shape.join(", ")}]`)
  return y
}

// The plan, for what every WebGPU adapter offers: none is asked. device.planOf plans for the one that is open.
const plan = planOf(layer, { x: f32([48, 64]), w: f32([64, 32]), b: f32([32]) }, knownAdapters.webgpu)
console.log(`\n${showPlan(plan)}`)

// Two places of the shader: one step along the depth of the product, and what happens to four sums before they are stored.
const excerpt = (pattern: RegExp): string => pattern.exec(plan.steps[0]!.wgsl)![0]
console.log(`\n${excerpt(/let a0 = [\s\S]*?s3_0 = .*/)}\n\n${excerpt(/fn finish4[\s\S]*?\n}/)}`)
