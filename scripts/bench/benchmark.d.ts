import { type Arguments } from "./arguments.ts";
import { type Subject } from "./subject.ts";
/** A family of subjects, and the script that measures them with this library. */
export interface Family {
    readonly subjects: readonly Subject[];
    /** The same, small: whether everybody can, not how fast. */
    readonly tiny: readonly Subject[];
    /** Answers `serve`'s requests. */
    readonly worker: URL;
}
/**
 * Measures every subject with this library and, asked for `--peers`, with others, and prints a line for the machine and
 * one for each subject and participant.
 */
export declare const benchmark: (family: Family, settings?: Arguments) => Promise<void>;
