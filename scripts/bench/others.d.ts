/**
 * Begins to watch the cores; the answer, asked for later, is the share of their time since then that processes other than
 * this one and those of `pids` have used. A process that ends in between counts among the others.
 */
export declare const watchOthers: (pids: () => readonly (number | undefined)[]) => (() => number);
/** Whether work of this share beside ours leaves measurements usable. */
export declare const isQuiet: (share: number) => boolean;
/** Waits until others leave the machine alone for two seconds, at most so many seconds. */
export declare const untilQuiet: (seconds: number, pids: () => readonly (number | undefined)[]) => Promise<void>;
