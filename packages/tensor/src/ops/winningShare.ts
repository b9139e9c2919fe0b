import type { Tensor } from "../graph.ts"
import { select } from "./select.ts"

/** Share of the gradient that the first of two compared operands gets: 1 where it won, ½ at a tie, 0 where it lost. */
export const winningShare = (won: Tensor, tied: Tensor): Tensor => select(won, 1, select(tied, 0.5, 0))
