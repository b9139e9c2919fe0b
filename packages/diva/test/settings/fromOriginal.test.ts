import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fromOriginal, trainDefaults } from "../../src/settings/index.ts"
import { temporaryFolder } from "../train/folderRun.ts"

/** A line of the original's launch scripts as a shell hands it on, with what each script has of its own. */
const scriptLine = (flavour: string, own: readonly string[] = []): readonly string[] =>
  (
    "python -m torch.distributed.launch --nproc_per_node=8 --nnodes=1 --node_rank=0 --master_addr=10.0.0.1 --master_port=12345 --use_env " +
    `run_DIVA_with_${flavour}.py ${own.join(" ")} --visual_pattern None --train_steps 2 --image_size 512 --fixed_image_size False ` +
    "--dataset_path dataset/cc3m/*.tar --output_dir ./outputs/run --remove_unused_columns False --do_train " +
    "--ddp_find_unused_parameters True --dataloader_num_workers 8 --learning_rate 1e-4 --bf16 True --tf32 True --warmup_ratio 0.005 " +
    "--weight_decay 0 --max_steps 4600 --per_device_train_batch_size 16 --logging_strategy steps --logging_steps 50 " +
    "--gradient_accumulation_steps 5 --save_strategy steps --save_steps 4600 --save_total_limit 1 --ddp_backend nccl " +
    "--report_to wandb --run_name run --enable_flash True --lr_scheduler_type cosine --seed 42 " +
    "--accelerator_config accelerator.json > ./logs/debug.log"
  )
    .split(" ")
    .filter((word) => word !== "")

describe("a call of the original", () => {
  it.effect.each([
    ["OpenAICLIP", ["--clip_image_size", "224"], "openai-l14-224"],
    ["OpenAICLIP", ["--clip_image_size", "336"], "openai-l14-336"],
    ["MetaCLIP", ["--metaclip_version", "large", "--clip_image_size", "224"], "metaclip-l14-224"],
    ["MetaCLIP", ["--metaclip_version", "huge"], "metaclip-h14-224"],
    ["SigLIP", ["--clip_image_size", "224"], "siglip-so400m-14-224"],
    ["SigLIP", ["--clip_image_size", "384"], "siglip-so400m-14-384"],
    ["DFN", ["--clip_image_size", "224"], "dfn-h14-224"],
    ["DFN", ["--clip_image_size", "378"], "dfn-h14-378"],
  ] as const)("of %s with %j is the row %s under this program's own defaults", ([flavour, own, row]) =>
    Effect.gen(function* () {
      const line = scriptLine(flavour, own)
      const { settings, meanings } = yield* fromOriginal(line)
      const here = { row, data: ["dataset/cc3m/*.tar"], out: "./outputs/run", workers: 8 }
      const saving = { "checkpoint-every": 4600, "keep-checkpoints": 1 }
      assert.deepStrictEqual({ ...trainDefaults, ...settings }, { ...trainDefaults, ...here, ...saving })
      const told = meanings.map(({ argument }) => argument).join(" ")
      for (const flag of line.slice(line.findIndex((word) => word.endsWith(".py"))))
        if (flag.startsWith("--") && !/clip_image|metaclip/.test(flag)) assert.include(told, flag)
    }),
  )

  it.effect("says what its libraries do where it says nothing", () =>
    Effect.gen(function* () {
      const { settings, meanings } = yield* fromOriginal(["--dataset-path=a.tar", "--max_steps", "10"])
      assert.deepInclude(settings, {
        row: "openai-l14-224",
        "train-steps": 1,
        "learning-rate": 5e-5,
        schedule: "linear",
        batch: 8,
        "images-per-update": 64,
        "reference-accumulation": 1,
        updates: 10,
      })
      assert.include(meanings.find(({ argument }) => argument.includes("learning_rate"))?.means, "default")
    }),
  )

  it.effect("counts the processes of its launcher, and takes patterns that a shell has spelt out", () =>
    Effect.gen(function* () {
      const launcher = ["torchrun", "--nnodes", "2", "--nproc_per_node", "4", "run_DIVA_with_DFN.py"]
      const flags = [
        "--clip_image_size",
        "378",
        "--dataset_path",
        "a.tar",
        "b.tar",
        "--gradient_accumulation_steps",
        "3",
      ]
      const { settings } = yield* fromOriginal([...launcher, ...flags])
      assert.deepInclude(settings, { row: "dfn-h14-378", data: ["a.tar", "b.tar"], "images-per-update": 8 * 8 * 3 })
    }),
  )

  it.effect("may be the one file that its programs take", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "arguments.json")
      writeFileSync(file, JSON.stringify({ metaclip_version: "huge", learning_rate: 0.001, do_train: true, seed: 3 }))
      const { settings } = yield* fromOriginal([file])
      assert.deepInclude(settings, { row: "metaclip-h14-224", "learning-rate": 0.001, seed: 3 })
    }),
  )

  it.effect.each([
    [["--learing_rate", "1"], "no argument --learing_rate", "did you mean --learning_rate?"],
    [["--learning_rate", "fast"], '"learning-rate" needs a number above 0', "--help"],
    [["--lr_scheduler_type", "polynomial"], '"schedule" needs one of', "choose one of"],
    [["--do_train", "False"], "do_train is off", "diva eval"],
    [["--clip_image_size", "225"], "no OpenAICLIP of 225 pixels", "--row"],
    [["run_DIVA_with_EVA.py"], "no EVA of 224 pixels", "--row"],
  ] as const)("%j is refused with what to do", ([line, rule, remedy]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(fromOriginal(line))
      if (error._tag !== "ConfigInvalid") return assert.fail(error._tag)
      assert.include(error.rule, rule)
      assert.include(error.remedy, remedy)
    }),
  )
})
