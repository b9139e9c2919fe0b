import type { RoundOptions } from "./rounds.ts";
/** What a benchmark is asked for. */
export interface Arguments extends RoundOptions {
    readonly peers: boolean;
    readonly tiny: boolean;
    /** Words that select subjects by part of their name and sizes; none selects all. */
    readonly words: readonly string[];
}
/** `--peers`, `--tiny`, `--rounds N`, `--seconds S`, `--patience S`, and words. */
export declare const benchArguments: (args?: readonly string[]) => Arguments;
/** Whether words select something of this name. */
export declare const selects: (words: readonly string[], name: string) => boolean;
