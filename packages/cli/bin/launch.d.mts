export declare const withoutDawnNoise: (text: string) => string
export declare const nodeToRun: (
  program?: string,
  version?: string,
  pinned?: string | null,
) => { readonly node: string } | { readonly problem: string }
export declare const launch: (program: string, args: readonly string[]) => void
