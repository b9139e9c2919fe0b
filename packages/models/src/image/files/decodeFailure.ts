/** The first line: further ones are often another picture's. */
const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!

/** What libvips says where another picture's failure took its words away. */
const wordless = "Unknown error"

/** Decodings of one picture at most, to hear what is wrong with it. */
const mostRepeats = 12

// One at a time within a thread.
let last: Promise<unknown> = Promise.resolve()

const repeated = async (decode: () => Promise<unknown>, cause: unknown): Promise<string> => {
  let before = messageOf(cause)
  for (let repeat = 0; repeat < mostRepeats; repeat++) {
    const now = await decode().then(
      () => before,
      (again: unknown) => messageOf(again),
    )
    if (now === before && now !== wordless) return now
    before = now
  }
  return before
}

/**
 * What is wrong with a picture that could not be decoded. libvips keeps what it says of failures in one place for all threads: pictures
 * that fail side by side are given one another's words, their own twice, or none. So a picture that failed is decoded again, alone in its
 * thread, until it fails twice in the same words: what is written of it then does not depend on threads.
 */
export const decodeFailure = (decode: () => Promise<unknown>, cause: unknown): Promise<string> => {
  const found = last.then(() => repeated(decode, cause))
  last = found
  return found
}
