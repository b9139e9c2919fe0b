/**
 * A stroke alphabet: each word is a line through points on a grid 4 wide and 6 high, two digits per point, x then y
 * from the top left.
 */
const alphabet: Readonly<Record<string, string>> = {
  A: "062046 1434",
  B: "06003041423303 3344453606",
  C: "41301001051636 3645",
  D: "06002042442606",
  E: "40000646 0333",
  F: "400006 0333",
  G: "4130100105163645 454323",
  H: "0006 4046 0343",
  I: "2026",
  J: "4045361605",
  K: "0006 4003 0346",
  L: "000646",
  M: "0600234046",
  N: "06004640",
  O: "1030414536160501 0110",
  P: "060030414233 3303",
  Q: "1030414536160501 0110 3446",
  R: "060030414233 3303 2346",
  S: "413010010213334445361605",
  T: "0040 2026",
  U: "000516364540",
  V: "002640",
  W: "0016233640",
  X: "0046 4006",
  Y: "002340 2326",
  Z: "00400646",
}

type GridPoint = readonly [number, number]

const points = (line: string): readonly GridPoint[] =>
  Array.from({ length: line.length >> 1 }, (_, i) => [Number(line[2 * i]) / 4, Number(line[2 * i + 1]) / 6])

/** The segments of a capital letter, in a box of 0 … 1 each way. Other characters have none. */
export const letterStrokes = (letter: string): readonly (readonly [GridPoint, GridPoint])[] =>
  (alphabet[letter] ?? "").split(" ").flatMap((line) => {
    const path = points(line)
    return path.slice(1).map((point, i) => [path[i] as GridPoint, point] as const)
  })
