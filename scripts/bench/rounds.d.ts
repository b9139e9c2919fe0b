import type { Conversation } from "./participant.ts";
import type { Subject } from "./subject.ts";
export interface RoundOptions {
    /** Measured turns of each participant. */
    readonly rounds: number;
    /** Once a participant has had three turns, another only while its turns took less than so many seconds. */
    readonly seconds: number;
    /** Seconds to wait for a quiet machine, before each attempt at a subject. */
    readonly patience: number;
}
/** A subject measured by all, while others used a share of the cores. */
export interface Round {
    readonly measured: readonly Measured[];
    readonly others: number;
}
/** What one participant took for one subject: milliseconds of one run, per turn; or why not. */
export interface Measured {
    readonly by: Conversation;
    readonly times: readonly number[];
    /** Runs per turn. */
    readonly repeats: number;
    /** Milliseconds of compiling and running first. */
    readonly first: number;
    readonly facts: Readonly<Record<string, number>>;
    readonly why?: string;
}
/**
 * Measures one subject with every participant in turn, round after round, so that noise hits all alike. Where others used
 * the cores meanwhile it waits for them, as long as `patience` lasts, and measures again; the quietest attempt counts.
 */
export declare const measureInRounds: (conversations: readonly Conversation[], subject: Subject, options: RoundOptions) => Promise<Round>;
