/** Where files are asked for and go. */
export interface FetchOptions {
  /** Below which folder everything goes; the current one. */
  readonly root: string
  /** Another server than huggingface.co, such as a mirror: HF_ENDPOINT of their own tools. */
  readonly hub?: string
  /** Access token, for repositories whose terms must be accepted first: HF_TOKEN of their own tools. */
  readonly token?: string
  /** Whether servers on this machine or its network may be asked. */
  readonly allowPrivate?: boolean
  /** Milliseconds before a list is asked for a second time, doubled before each further one; 1,000. */
  readonly backoff?: number
}
