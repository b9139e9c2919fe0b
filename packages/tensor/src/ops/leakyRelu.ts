import { dual } from "../op/dual.ts"
import { greater } from "./greater.ts"
import { mul } from "./mul.ts"
import { select } from "./select.ts"

/** x where it is above 0, else slope · x (0.01 by default).  Source: Maas et al. 2013; torch.nn.LeakyReLU. */
export const leakyRelu = dual("leakyRelu", (x, slope: number = 0.01) => select(greater(x, 0), x, mul(x, slope)))
