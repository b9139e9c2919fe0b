import type { NativeCeilings } from "./ceilings.ts";
import type { Conversation } from "./participant.ts";
import type { Measured } from "./rounds.ts";
import type { About } from "./serve.ts";
import { type Subject } from "./subject.ts";
/** What shares are taken of: operations and bytes per second. */
export interface Ceilings {
    /** Which probe found them: native code, or kernels on the adapter where there is no C compiler. */
    readonly probe: "native" | "wgsl";
    readonly fma: number;
    readonly copy: number;
    readonly native?: NativeCeilings;
}
/** One subject measured by one participant. Milliseconds per run. */
export interface SubjectLine {
    readonly subject: Subject["name"];
    readonly shape: string;
    readonly sizes: Readonly<Record<string, number>>;
    readonly by: string;
    readonly kind: string;
    readonly device: string;
    /** Measured turns, and runs in each. */
    readonly n: number;
    readonly repeats: number;
    readonly median: number;
    readonly p10: number;
    readonly p90: number;
    /** Compiling and running first. */
    readonly first: number;
    readonly flops: number;
    readonly bytes: number;
    /** Shares of the measured ceilings, 0 to 1. */
    readonly ofFma: number;
    readonly ofCopy: number;
    /** This participant's median by the first participant's. */
    readonly ratio?: number;
    /** Share of all cores that other processes used while the subject was measured. */
    readonly others: number;
    readonly facts: Readonly<Record<string, number>>;
    readonly why?: string;
}
/** Where and among whom a family of subjects was measured. */
export interface MachineLine {
    readonly machine: {
        readonly processor: string;
        readonly cores: number;
        readonly memory: number;
        readonly system: string;
        readonly node: string;
    };
    readonly ceilings: Ceilings;
    /** Processes that wanted a core, averaged over the minute before and the last one: this benchmark's own are among them. */
    readonly load: {
        readonly before: number;
        readonly after: number;
    };
    readonly participants: Readonly<Record<string, About>>;
}
/** Milliseconds of a start: opening the adapter, tracing to pipelines, and the first run. */
export type StartTimes = Readonly<Record<"opened" | "compiled" | "ran" | "all", number>>;
/** A cold start, in a process whose driver has nothing cached and in another with what that one left. */
export interface ColdStartLine {
    readonly coldStart: string;
    readonly pipelines: number;
    readonly dispatches: number;
    readonly firstProcess: StartTimes;
    readonly secondProcess: StartTimes;
}
/** A program planned for this adapter and not run. */
export interface PlannedLine {
    readonly planned: string;
    readonly dispatches: number;
    /** Distinct shaders. */
    readonly pipelines: number;
    readonly flops: number;
    readonly peakBytes: number;
    readonly milliseconds: number;
}
/** A micro-step of full size that was run, and its parts by themselves. */
export interface FullStepLine {
    readonly fullStep: string;
    /** How the frozen weights are stored. */
    readonly frozen: "f32" | "f16";
    readonly dispatches: number;
    /** Seconds of the first run, in which the driver compiles what it has not cached, and of a warm one. */
    readonly first: number;
    readonly seconds: number;
    readonly flops: number;
    readonly predictedBytes: number;
    /** What the device held, and the whole process. */
    readonly liveBytes: number;
    readonly residentBytes: number;
    readonly losses: readonly number[];
    /** Multiply-adds per second that native code reaches in registers of 256 bits; 0 where nothing could measure it. */
    readonly fma: number;
    readonly parts: readonly {
        readonly part: string;
        readonly seconds: number;
        readonly flops: number;
        readonly peakBytes: number;
    }[];
}
/** When a recorded run was made, and how it was asked for. */
export interface RunLine {
    readonly run: {
        readonly date: string;
        readonly command: string;
    };
}
export type Line = SubjectLine | MachineLine | ColdStartLine | PlannedLine | FullStepLine | RunLine;
export declare const machineFacts: () => MachineLine["machine"];
export declare const loadNow: () => number;
export declare const nativeCeilings: (native: NativeCeilings) => Ceilings;
/** A participant's times as one line; `reference` is the median of whom others are compared with. */
export declare const subjectLine: (subject: Subject, { by: { participant }, times, repeats, first, facts, why }: Measured, others: number, device: string, ceilings: Ceilings, reference: number | undefined) => SubjectLine;
export declare const deviceOf: (about: About) => string;
export declare const introductions: (all: readonly Conversation[]) => Promise<ReadonlyMap<Conversation, About>>;
