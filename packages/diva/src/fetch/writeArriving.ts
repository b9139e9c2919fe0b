import type * as http from "node:http"
import { Effect, type FileSystem } from "effect"

/** Bytes that may wait for the disk before the sender has to. */
const mostWaiting = 4 << 20

/**
 * Writes what an answer brings, also what had arrived when its connection broke: whoever pulls pieces out loses those that lie in
 * the stream's buffer then, and a server that resets every connection would never be done with. It listens at once, while the file is
 * still `opening`. `told`: bytes of every piece that is written. Gives why it ended before its end. Rejects where the disk does not take
 * it.
 */
export const writeArriving = (
  answer: http.IncomingMessage,
  opening: Promise<FileSystem.File>,
  told: (bytes: number) => void,
): Promise<Error | undefined> =>
  new Promise((resolve, reject) => {
    let waiting = 0
    let failure: Error | undefined
    let written: Promise<unknown> = opening
    const write = async (piece: Buffer): Promise<void> => {
      await Effect.runPromise((await opening).writeAll(piece))
      told(piece.byteLength)
      waiting -= piece.byteLength
      if (waiting < mostWaiting) answer.resume()
    }
    answer.on("data", (piece: Buffer) => {
      waiting += piece.byteLength
      if (waiting >= mostWaiting) answer.pause()
      written = written.then(() => write(piece))
      written.catch((cause: unknown) => {
        reject(cause as Error)
        answer.destroy()
      })
    })
    answer.on("error", (cause) => (failure = cause))
    answer.on("close", () => void written.then(() => resolve(failure), reject))
  })
