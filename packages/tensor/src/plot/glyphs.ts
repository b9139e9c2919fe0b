// Letters of 3 × 5 dots, drawn for this file: five rows, each an octal digit whose bits are the dots from left to right.
const rows =
  "0 75557,1 26227,2 71747,3 71717,4 55711,5 74717,6 74757,7 71122,8 75757,9 75717,A 25755,B 65656,C 34443,D 65556,E 74647," +
  "F 74644,G 34553,H 55755,I 72227,J 11152,K 55655,L 44447,M 57755,N 65555,O 25552,P 65644,Q 25563,R 65655,S 34216,T 72222," +
  "U 55557,V 55552,W 55775,X 55255,Y 55222,Z 71247,- 00700,+ 02720,. 00002,: 02020,= 07070,/ 11244,( 24442,) 21112,% 51245," +
  "' 22000,_ 00007,* 52500,× 05250,< 12421,> 42124"

const glyphs: ReadonlyMap<string, string> = new Map(
  [...rows.matchAll(/(\S) (\d{5})/g)].map(([, letter, dots]) => [letter!, dots!]),
)

/** Dots from one letter's left edge to the next one's. */
export const glyphAdvance = 4
export const glyphHeight = 5

/** The dots of a text, as columns and rows; letters that have none are blank. */
export const dotsOf = (text: string): readonly (readonly [number, number])[] =>
  [...text.toUpperCase().replaceAll(",", ".")].flatMap((letter, place) =>
    [...(glyphs.get(letter) ?? "")].flatMap((row, y) =>
      [0, 1, 2].flatMap((x) => ((Number(row) >> (2 - x)) & 1 ? [[place * glyphAdvance + x, y] as const] : [])),
    ),
  )
