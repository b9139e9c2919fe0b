import type { Way } from "./way.ts"

/** A way for any adapter and any problem of its family, whose kernels follow from the problem alone. */
export const onlyWay = <Problem>(name: string, write: Way<Problem>["write"]): Way<Problem> => ({
  name,
  needs: () => true,
  takes: () => true,
  numerics: () => "f32",
  candidates: () => [{}],
  cost: () => 0,
  write,
})
