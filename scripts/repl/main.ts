// Tensors by hand: npm run repl. Reads a pipe, too:  echo "matmul([[1, 2]], [[3], [4]])" | npm run repl
import { openDevice } from "@diva/tensor"
import { converse } from "./session.ts"

await using device = await openDevice()
await converse(device, process.stdin, process.stdout)
