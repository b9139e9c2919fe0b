import * as D from "@diva/diva";
import { Effect } from "effect";
export declare const experiment: (options?: Partial<D.TrainOptions>) => Effect.Effect<unknown, unknown>;
