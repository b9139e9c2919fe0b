// What a worker of the pool runs. It imports as little as it can: every worker loads all of it.
import { parentPort } from "node:worker_threads"
import * as E from "fp-ts/lib/Either.js"
import type { Answer, Question } from "./decodeMessages.ts"
import { makePicture } from "./makePicture.ts"

const port = parentPort!

const answer = async ({ id, bytes, name, task }: Question): Promise<void> => {
  const outcome = await makePicture(bytes, name, task)()
  const pixels = E.isRight(outcome) ? [outcome.right.image.data.buffer] : []
  port.postMessage({ id, outcome } satisfies Answer, pixels)
}

port.on("message", (question: Question) => void answer(question))
