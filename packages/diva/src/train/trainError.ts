import type { RunLocked } from "../files/runLock.ts"
import type { TensorError } from "@diva/tensor"
import type { FileError, WeightsError } from "@diva/models"
import type { ShardsError } from "../data/index.ts"
import type { CheckpointCorrupt } from "../checkpoint/runState.ts"
import type { MemoryBudgetTooSmall } from "./plan/memoryBudget.ts"
import type { StateNotFinite, TrainingDiverged } from "./notFinite.ts"
import type { TrainingInvalid } from "./trainingInvalid.ts"
import type { SettingsDiffer } from "./config/settings.ts"

/** Everything a run can fail by. */
export type TrainError =
  | RunLocked
  | TensorError
  | WeightsError
  | FileError
  | ShardsError
  | CheckpointCorrupt
  | SettingsDiffer
  | MemoryBudgetTooSmall
  | TrainingDiverged
  | StateNotFinite
  | TrainingInvalid
