import { type Row, type TrainingChanges, type TrainOptions } from "@diva/diva";
import { Effect } from "effect";
export declare const experiment: (options?: Partial<TrainOptions>, row?: Row, changes?: TrainingChanges) => Effect.Effect<unknown, unknown>;
