import type { Subject } from "./subject.ts";
/** What a subject takes at least, however it is computed. */
export interface Work {
    /** Multiplications and additions of the definition: a faster algorithm is credited with the same. */
    readonly flops: number;
    /** Operands read once plus results written once, f32; for fused subjects what its parts would move one by one. */
    readonly bytes: number;
}
export declare const workOf: (subject: Subject) => Work;
