// Measures this package's subjects on the machine's adapter, as asked on standard input.
import { openForBench } from "../../../scripts/bench/onDevice.ts"
import { serve } from "../../../scripts/bench/serve.ts"
import { offersOn } from "./programs.ts"

const { device, about } = await openForBench()
await serve(about, offersOn(device))
