import type { SizesOf, Subject, SubjectName } from "./subject.ts";
/** A subject made ready in the process that measures it. */
export interface Prepared {
    /** Compiles, where that is a step of its own; the first run does otherwise. */
    readonly compile?: () => Promise<void>;
    /** Runs so many times, one after the other without waiting in between, and answers with the milliseconds of all. */
    readonly run: (repeats: number) => Promise<number>;
    /** What else is worth a place in the report. */
    readonly facts?: () => Readonly<Record<string, number>>;
    readonly dispose: () => void | Promise<void>;
}
/** What a process can measure. Offering makes and uploads the operands. */
export type Offers = {
    readonly [Name in SubjectName]?: (sizes: SizesOf[Name]) => Promise<Prepared>;
};
export type Request = {
    readonly do: "about";
} | {
    readonly do: "prepare";
    readonly subject: Subject;
} | {
    readonly do: "run";
    readonly repeats: number;
} | {
    readonly do: "drop";
};
/** Facts of who measures: versions, the device. */
export type About = Readonly<Record<string, string | number>>;
export interface Reply {
    readonly about?: About;
    /** Milliseconds: of the runs asked for, or of compiling and running first. */
    readonly ms?: number;
    readonly facts?: Readonly<Record<string, number>>;
    /** Why there is no time. */
    readonly why?: string;
}
/** Marks the lines that answer; whatever else a library prints is none. */
export declare const replyMark = "bench> ";
/** The subject made ready, or undefined where it is not offered. */
export declare const prepare: (offers: Offers, { name, sizes }: Subject) => Promise<Prepared> | undefined;
/** Answers requests on standard input, one JSON line each, until it closes. */
export declare const serve: (about: () => Promise<About>, offers: Offers) => Promise<void>;
