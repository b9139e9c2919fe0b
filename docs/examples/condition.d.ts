import { type TrainOptions } from "@diva/diva";
import { Effect } from "effect";
export declare const experiment: (options?: Partial<TrainOptions>) => Effect.Effect<unknown, unknown>;
