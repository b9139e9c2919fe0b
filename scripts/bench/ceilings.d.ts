/** The most this machine reaches, by native code on all its cores. */
export interface NativeCeilings {
    readonly threads: number;
    /** Multiply-adds per second, counted as two operations, by register width in bits. */
    readonly fma: Readonly<Record<string, number>>;
    /** Bytes per second, read plus written. */
    readonly copy: number;
}
/** A compiled probe, or undefined on a machine without a C compiler. */
export interface CeilingProbe extends Disposable {
    readonly measure: () => NativeCeilings | undefined;
}
/** Compiles the native probe; undefined where that fails. */
export declare const compileProbe: () => CeilingProbe | undefined;
/** The better of two measurements, each figure by itself: noise only ever slows a probe. */
export declare const betterCeilings: (a: NativeCeilings, b: NativeCeilings) => NativeCeilings;
/** The highest rate of any register width. */
export declare const highestFma: ({ fma }: NativeCeilings) => number;
