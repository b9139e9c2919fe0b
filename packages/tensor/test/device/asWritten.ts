/**
 * To be called before an adapter is opened. Kernels for GPUs run on software adapters in tests alone, mostly once, and cost more to make
 * fast than to run: LLVM leaves them as they are, as it does in quick tests, which changes no bit (unoptimised.long.test.ts). Other long
 * tests run what LLVM made fast, as users do.
 */
export const leaveKernelsAsWritten = (): void => {
  process.env["GALLIVM_PERF"] ??= "nopt"
}
