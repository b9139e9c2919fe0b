import type { OriginalCall } from "./originalArguments.ts"

/** What an argument of the original is here: settings, and in words what they or their absence mean. */
export interface Meaning {
  readonly settings?: Readonly<Record<string, unknown>>
  readonly means: string
}

/** Reads an argument; `text`: its value, "" for a flag alone. */
type Reading = (text: string, call: OriginalCall) => Meaning

/** A text that is a number as one; anything else as it is, for the check of settings to refuse. */
const numeric = (text: string): unknown => (text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text))

const isNo = (text: string): boolean => /^(false|no|n|f|0|none)$/i.test(text)

const as =
  (name: string, value: (text: string) => unknown = numeric): Reading =>
  (text) => {
    const setting = value(text)
    return { settings: { [name]: setting }, means: `--${name} ${String(setting)}` }
  }

const nothing =
  (why: string): Reading =>
  () => ({ means: `nothing: ${why}` })

const unused = nothing("the original does not use it here either")
const ofTrainer = nothing(
  "an option of its trainer; metrics.jsonl, TensorBoard files and diva report show a run's progress",
)
const ofProcesses = nothing("computed by one process, with the same sums")

const schedules: Readonly<Record<string, string>> = {
  constant_with_warmup: "constant",
}

/** The count of an argument, or its library's default. */
const countOf = ({ given }: OriginalCall, name: string, otherwise: number): number =>
  Number(given.get(name)?.[0] ?? otherwise)

/** Images of an update: those of a device, times devices, times micro-batches. */
export const imagesOf = (call: OriginalCall): number =>
  countOf(call, "per_device_train_batch_size", 8) * call.processes * countOf(call, "gradient_accumulation_steps", 1)

const imagesMeaning: Reading = (text, call) => ({
  settings: { "images-per-update": imagesOf(call), "reference-accumulation": numeric(text) },
  means: `--images-per-update ${imagesOf(call)}, of ${call.processes} processes; --reference-accumulation ${text}, which weights the first draws`,
})

/** Every argument that the original's launch scripts and programs take, and what it is here. */
export const originalFlags: Readonly<Record<string, Reading>> = {
  clip_image_size: nothing("a part of --row"),
  metaclip_version: nothing("a part of --row"),
  dataset_path: nothing("see --data"),
  output_dir: as("out", (text) => text),
  train_steps: as("train-steps"),
  image_size: as("image-size"),
  learning_rate: as("learning-rate"),
  warmup_ratio: as("warmup-ratio"),
  weight_decay: as("weight-decay"),
  max_steps: as("updates"),
  per_device_train_batch_size: as("batch"),
  gradient_accumulation_steps: imagesMeaning,
  lr_scheduler_type: as("schedule", (text) => schedules[text] ?? text),
  max_grad_norm: as("clip-norm", (text) => (Number(text) === 0 ? "none" : text)),
  seed: as("seed"),
  save_steps: as("checkpoint-every"),
  save_total_limit: as("keep-checkpoints"),
  dataloader_num_workers: as("workers"),
  bf16: (text) => ({
    means: isNo(text) ? "as here: f32" : "nothing: computation is in f32; --precision medium rounds operands to f16",
  }),
  fp16: nothing("computation is in f32; --precision medium rounds operands to f16"),
  tf32: nothing("computation is in f32; --precision medium rounds operands to f16"),
  visual_pattern: (text) =>
    text === "" || isNo(text)
      ? { means: 'as here: the constant prompt "a photo of a ."' }
      : { means: `nothing: the prompt is "a photo of a ." whatever this says; found "${text}"` },
  do_train: nothing("diva train trains"),
  do_eval: nothing("--eval-every with --eval-mmvp scores while training, diva eval mmvp afterwards"),
  num_train_epochs: nothing("--updates says how long"),
  resume_from_checkpoint: nothing(
    "--resume continues a run of this program; diva convert reads the original's checkpoints",
  ),
  overwrite_output_dir: nothing("a folder that holds a run is only ever continued, with --resume"),
  fixed_image_size: unused,
  enable_flash: unused,
  arbitrary_resolution: unused,
  one_minus_one_data_transform: unused,
  cost_gradient_penalty: unused,
  patch_size: unused,
  tublet_size: unused,
  multiple_optimizer_training: unused,
  max_train_samples: unused,
  max_eval_samples: unused,
  model_type: unused,
  config_overrides: unused,
  optim: nothing("the original makes its own SGD with momentum 0.9, whatever this says"),
  wandb_api_key: ofTrainer,
  report_to: ofTrainer,
  run_name: ofTrainer,
  logging_dir: ofTrainer,
  logging_first_step: ofTrainer,
  logging_steps: ofTrainer,
  logging_strategy: ofTrainer,
  save_strategy: ofTrainer,
  save_safetensors: ofTrainer,
  save_only_model: ofTrainer,
  disable_tqdm: ofTrainer,
  log_level: ofTrainer,
  remove_unused_columns: ofTrainer,
  ddp_find_unused_parameters: ofProcesses,
  ddp_backend: ofProcesses,
  ddp_timeout: ofProcesses,
  local_rank: ofProcesses,
  accelerator_config: ofProcesses,
  dataloader_pin_memory: ofProcesses,
  dataloader_persistent_workers: ofProcesses,
  dataloader_prefetch_factor: ofProcesses,
}
