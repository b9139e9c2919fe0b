/** The value that a share `q` of the sorted values does not exceed, interpolated between neighbours. */
export declare const quantile: (values: readonly number[], q: number) => number;
export declare const median: (values: readonly number[]) => number;
