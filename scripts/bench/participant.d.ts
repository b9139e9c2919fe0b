import { type Reply, type Request } from "./serve.ts";
/** Somebody who measures the same subjects in a process of their own. */
export interface Participant {
    readonly name: string;
    /** What peers are compared by: a WebGPU adapter, WebAssembly, or native code. */
    readonly kind: "webgpu" | "wasm" | "native";
    readonly command: readonly [program: string, ...args: string[]];
    readonly environment?: Readonly<Record<string, string>>;
    /** Milliseconds after a turn in which idle threads of this runtime still spin. */
    readonly settles?: number;
}
export interface Conversation {
    readonly participant: Participant;
    /** Answers `{ why }` when the process dies or takes longer than `limit` milliseconds; it is started anew when next asked. */
    readonly ask: (request: Request, limit?: number) => Promise<Reply>;
    readonly end: () => void;
    /** Its process, while there is one. */
    readonly pid: () => number | undefined;
}
/** Opens a conversation; the process starts with the first question. */
export declare const converse: (participant: Participant) => Conversation;
