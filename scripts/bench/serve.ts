import { createInterface } from "node:readline"
import type { SizesOf, Subject, SubjectName } from "./subject.ts"

/** A subject made ready in the process that measures it. */
export interface Prepared {
  /** Compiles, where that is a step of its own; the first run does otherwise. */
  readonly compile?: () => Promise<void>
  /** Runs so many times, one after the other without waiting in between, and answers with the milliseconds of all. */
  readonly run: (repeats: number) => Promise<number>
  /** What else is worth a place in the report. */
  readonly facts?: () => Readonly<Record<string, number>>
  readonly dispose: () => void | Promise<void>
}

/** What a process can measure. Offering makes and uploads the operands. */
export type Offers = { readonly [Name in SubjectName]?: (sizes: SizesOf[Name]) => Promise<Prepared> }

export type Request =
  | { readonly do: "about" }
  | { readonly do: "prepare"; readonly subject: Subject }
  | { readonly do: "run"; readonly repeats: number }
  | { readonly do: "drop" }

/** Facts of who measures: versions, the device. */
export type About = Readonly<Record<string, string | number>>

export interface Reply {
  readonly about?: About
  /** Milliseconds: of the runs asked for, or of compiling and running first. */
  readonly ms?: number
  readonly facts?: Readonly<Record<string, number>>
  /** Why there is no time. */
  readonly why?: string
}

/** Marks the lines that answer; whatever else a library prints is none. */
export const replyMark = "bench> "

type Offer = (sizes: unknown) => Promise<Prepared>

/** The subject made ready, or undefined where it is not offered. */
export const prepare = (offers: Offers, { name, sizes }: Subject): Promise<Prepared> | undefined =>
  (offers[name] as Offer | undefined)?.(sizes)

const answerer = (about: () => Promise<About>, offers: Offers) => {
  let current: Prepared | undefined
  const drop = async (): Promise<Reply> => {
    await current?.dispose()
    current = undefined
    return {}
  }
  const start = async (subject: Subject): Promise<Reply> => {
    await drop()
    current = await prepare(offers, subject)
    if (current === undefined) return { why: "not offered" }
    const begin = performance.now()
    await current.compile?.()
    await current.run(1)
    return { ms: performance.now() - begin }
  }
  return async (request: Request): Promise<Reply> => {
    if (request.do === "about") return { about: await about() }
    if (request.do === "prepare") return start(request.subject)
    if (request.do === "drop") return drop()
    if (current === undefined) return { why: "nothing is prepared" }
    const ms = await current.run(request.repeats)
    return { ms, facts: current.facts?.() ?? {} }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Answers requests on standard input, one JSON line each, until it closes. */
export const serve = async (about: () => Promise<About>, offers: Offers): Promise<void> => {
  const answer = answerer(about, offers)
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ why: messageOf(error) }))
    process.stdout.write(`\n${replyMark}${JSON.stringify(reply)}\n`)
  }
  process.exit(0)
}
