import { textureFormat } from "../../codegen/shader.ts"
import { isReadOnly } from "../../codegen/binding.ts"
import { tensorError, type TensorError } from "../../error.ts"
import type { PlanStep } from "../../plan/plan.ts"
import type { CompiledShader, DeviceState } from "../state.ts"

const bufferTypes = (step: PlanStep): readonly GPUBufferBindingType[] =>
  step.bindings.flatMap((binding) =>
    Array<GPUBufferBindingType>(binding.windows).fill(isReadOnly(binding) ? "read-only-storage" : "storage"),
  )

const layoutFor = (gpu: GPUDevice, step: PlanStep): GPUBindGroupLayout => {
  const types: readonly GPUBufferBindingType[] = [
    ...bufferTypes(step),
    ...(step.params.length === 0 ? [] : (["uniform"] as const)),
  ]
  const visibility = GPUShaderStage.COMPUTE
  const buffers = types.map((type, binding) => ({ binding, visibility, buffer: { type } }))
  const textures = step.packed.map((packed, i) => ({
    binding: types.length + i,
    visibility,
    storageTexture: { access: "read-only" as const, format: textureFormat(packed) },
  }))
  return gpu.createBindGroupLayout({ entries: [...buffers, ...textures] })
}

const firstError = (messages: readonly GPUCompilationMessage[]): GPUCompilationMessage | undefined =>
  messages.find(({ type }) => type === "error")

const kernelError = (step: PlanStep, message: string, line: number): TensorError =>
  tensorError(
    {
      _tag: "KernelInvalid",
      op: step.label,
      line,
      source: step.wgsl.split("\n")[line - 1]?.trim().slice(0, 200) ?? "",
      rule: message.split("\n")[0] ?? message,
      remedy: "this is a defect of the kernel: report it with the output of `diva doctor`",
    },
    step.at,
  )

// The position Dawn puts into the text of a pipeline error (":12:5 error: …"), for errors the module did not report.
const lineIn = (message: string): number => Number(/:(\d+):\d+ error/.exec(message)?.[1] ?? 0)

const build = async (state: DeviceState, step: PlanStep): Promise<CompiledShader> => {
  const { gpu } = state
  gpu.pushErrorScope("validation")
  const module = gpu.createShaderModule({ code: step.wgsl, label: step.label })
  const layout = layoutFor(gpu, step)
  const pipelineLayout = gpu.createPipelineLayout({ bindGroupLayouts: [layout] })
  const scope = gpu.popErrorScope()
  const creation = gpu
    .createComputePipelineAsync({ label: step.label, layout: pipelineLayout, compute: { module, entryPoint: "main" } })
    .then(
      (pipeline) => ({ pipeline }),
      (reason: unknown) => ({ reason: reason instanceof Error ? reason.message : String(reason) }),
    )
  const [error, info, result] = await Promise.all([scope, module.getCompilationInfo(), creation])
  const message = firstError(info.messages)
  if (message !== undefined) throw kernelError(step, message.message, message.lineNum)
  if (error !== null) throw kernelError(step, error.message, lineIn(error.message))
  if ("reason" in result) throw kernelError(step, result.reason, lineIn(result.reason))
  return { pipeline: result.pipeline, layout }
}

/** The pipeline of a step: built once per device and shader text, whoever asks. */
export const pipelineFor = (state: DeviceState, step: PlanStep): Promise<CompiledShader> => {
  const key = `${bufferTypes(step).join()}\n${step.wgsl}`
  const held = state.pipelines.get(key)
  if (held !== undefined) return held
  const built = build(state, step)
  state.created.pipelines++
  state.compiling?.creating(built.then(({ pipeline }) => pipeline))
  state.pipelines.set(key, built)
  built.catch(() => state.pipelines.delete(key))
  return built
}
