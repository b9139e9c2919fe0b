/** What is measured, and how large. The same numbers mean the same work for everyone who takes part. */
export interface SizesOf {
    /** [m, k] · [k, n] */
    readonly matmul: {
        readonly m: number;
        readonly n: number;
        readonly k: number;
    };
    /** 3×3, stride 1, padding 1, [1, channels, edge, edge] → the same; its gradients by image and by weights. */
    readonly convolution: Convolution;
    readonly convolutionInput: Convolution;
    readonly convolutionWeight: Convolution;
    /** softmax(q·kᵀ / √width)·v, each [1, heads, tokens, width]; alone, and with its three gradients. */
    readonly attention: Attention;
    readonly attentionGradient: Attention;
    /** Pre-norm transformer block, quick GELU; alone, and with the gradients of its parameters. */
    readonly block: Block;
    readonly blockGradient: Block;
    /** Affine, over the last axis of [rows, width]; and r + layerNorm(x + r). */
    readonly layerNorm: Rows;
    readonly layerNormFused: Rows;
    /** Affine, of [1, channels, edge, edge]; and silu(groupNorm(x + r)). */
    readonly groupNorm: Channels;
    readonly groupNormFused: Channels;
    /** Over the last axis of [rows, width]; and softmax(x / 8 + bias). */
    readonly softmax: Rows;
    readonly softmaxFused: Rows;
    /** One micro-step of the demonstration's training program. */
    readonly microStep: {
        readonly batch: number;
    };
}
interface Convolution {
    readonly channels: number;
    readonly edge: number;
}
interface Attention {
    readonly heads: number;
    readonly tokens: number;
    readonly width: number;
}
interface Block {
    readonly tokens: number;
    readonly width: number;
    readonly heads: number;
    readonly mlp: number;
}
interface Rows {
    readonly rows: number;
    readonly width: number;
}
interface Channels extends Convolution {
    readonly groups: number;
}
export type SubjectName = keyof SizesOf;
export type SubjectOf<Name extends SubjectName> = {
    readonly name: Name;
    readonly sizes: SizesOf[Name];
};
export type Subject = {
    readonly [Name in SubjectName]: SubjectOf<Name>;
}[SubjectName];
/** `matmul 257×1024×64`: one word for the subject, one for its sizes. */
export declare const showSizes: ({ sizes }: Subject) => string;
/** Words select subjects by part of their name and sizes; no words select all. */
export declare const selectedSubjects: (subjects: readonly Subject[], words: readonly string[]) => readonly Subject[];
export {};
