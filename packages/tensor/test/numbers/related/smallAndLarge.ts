import * as t from "../../../src/ops/index.ts"
import { of, pair, type NumberCase } from "../numberCase.ts"

const tiny = [1e-10, -1e-10, 1e-20, -1e-20, 3e-5]
const near = (f: (x: number) => number, xs: readonly number[]) => xs.map((x) => f(Math.fround(x)))

/** Functions near 0, near 1 and at the ends of their range. */
export const smallAndLarge: readonly NumberCase[] = [
  ...(
    [
      ["sin", t.sin, Math.sin],
      ["tan", t.tan, Math.tan],
      ["tanh", t.tanh, Math.tanh],
    ] as const
  ).map(([name, op, exact]) => of(`${name} near 0`, tiny, op, near(exact, tiny), 3e-7)),
  of(
    "erf near 0",
    tiny,
    t.erf,
    tiny.map((x) => (2 / Math.sqrt(Math.PI)) * Math.fround(x)),
    3e-7,
  ),
  of("exp near 0", tiny, t.exp, near(Math.exp, tiny), 1e-7),
  of(
    "log near 1",
    [1.0000001, 0.9999999, 1, 0.99999994],
    t.log,
    near(Math.log, [1.0000001, 0.9999999, 1, 0.99999994]),
    3e-7,
  ),
  of(
    "logistic far from 0",
    [-80, 80, 17, -17],
    t.logistic,
    [1.8048513878454153e-35, 1, 0.9999999586006244, 4.1399375473943306e-8],
    4e-7,
  ),
  of(
    "silu and gelu where they vanish",
    [-80, -20],
    (x) => t.concat([t.silu(x), t.quickGelu(x)], 0),
    [-80 * 1.8048513878454153e-35, -20 / (1 + Math.exp(20)), 0, -20 / (1 + Math.exp(1.702 * 20))],
    1e-6,
  ),
  pair(
    "powers of ten and of two at the ends",
    [
      [10, 10, 2, 2, 0.1, 1.0000001],
      [38, -37, 127, -126, 37, 1e7],
    ],
    t.power,
    [
      [10, 38],
      [10, -37],
      [2, 127],
      [2, -126],
      [0.1, 37],
      [1.0000001, 1e7],
    ].map(([x, y]) => Math.fround(x!) ** Math.fround(y!)),
    { within: 4e-7 },
  ),
  of(
    "sin and cos of the largest angles",
    [3.4e38, 1e38, -1e30],
    (x) => t.concat([t.sin(x), t.cos(x)], 0),
    [...near(Math.sin, [3.4e38, 1e38, -1e30]), ...near(Math.cos, [3.4e38, 1e38, -1e30])],
    4e-7,
  ),
  of(
    "sqrt and rsqrt at the ends",
    [3.4e38, 1.2e-38, 4],
    (x) => t.concat([t.sqrt(x), t.rsqrt(x)], 0),
    [...near(Math.sqrt, [3.4e38, 1.2e-38, 4]), ...near((x) => 1 / Math.sqrt(x), [3.4e38, 1.2e-38, 4])],
    3e-7,
  ),
  of(
    "reciprocal at the ends",
    [2 ** -126, 2 ** 126, -3e-38],
    t.reciprocal,
    [2 ** 126, 2 ** -126, 1 / Math.fround(-3e-38)],
    3e-7,
  ),
]
