// One cold start: opens the adapter, compiles the demonstration's micro-step, runs it once, and prints what that took.
import { openDevice } from "@diva/tensor"
import { preparedMicroStep } from "./programs.ts"

const begin = performance.now()
const device = await openDevice()
const step = await preparedMicroStep(device)
const opened = performance.now()
await step.compile?.()
const compiled = performance.now()
await step.run(1)
const done = performance.now()
const { pipelines } = device.created()
const milliseconds = { opened: opened - begin, compiled: compiled - opened, ran: done - compiled, all: done - begin }
process.stdout.write(`${JSON.stringify({ pipelines, dispatches: step.facts?.()["dispatches"], milliseconds })}\n`)
await device.close()
process.exit(0)
