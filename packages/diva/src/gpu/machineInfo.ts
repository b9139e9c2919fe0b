/** Where a program runs, for manifests and errors. */
export interface MachineInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** Whether a processor emulates a graphics adapter, or interprets. */
  readonly isSoftware: boolean
}
