import { createInterface } from "node:readline"
import { PassThrough } from "node:stream"

/**
 * Input that does not come from a terminal, given to a console one line at a time: the next line is not seen before the last one has
 * been evaluated, so that `const y = await f()` is done when `y` follows.
 */
export const lineByLine = (
  source: NodeJS.ReadableStream,
): { readonly input: PassThrough; readonly feed: (nextPrompt: () => Promise<void>) => Promise<void> } => {
  const input = new PassThrough()
  const lines = createInterface({ input: source, crlfDelay: Infinity })
  const feed = async (nextPrompt: () => Promise<void>): Promise<void> => {
    for await (const line of lines) {
      const asked = nextPrompt()
      input.write(`${line}\n`)
      await asked
    }
    input.end()
  }
  return { input, feed }
}
