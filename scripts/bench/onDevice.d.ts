import type { Compiled, Device, Shape, Tensor } from "@diva/tensor";
import type { About, Prepared } from "./serve.ts";
/** A program and the shapes of its f32 arguments. */
export interface Described {
    readonly shapes: Readonly<Record<string, Shape>>;
    readonly program: (args: Readonly<Record<string, Tensor>>) => unknown;
}
type Plan = Compiled<never, unknown>["plan"];
/** Anything compiled, ready to be run again and again by `once`. */
export declare const preparedRuns: (device: Device, plan: () => Plan | undefined, once: () => void) => Pick<Prepared, "run" | "facts">;
/** Makes a program ready to be measured: seeded noise on the device, compiled when asked. */
export declare const onDevice: (device: Device, described: Described) => Prepared;
/** Opens the adapter for a benchmark, and tells what it is. */
export declare const openForBench: () => Promise<{
    readonly device: Device;
    readonly about: () => Promise<About>;
}>;
export {};
