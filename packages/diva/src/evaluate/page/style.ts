import { pairStyle } from "./pairCards.ts"

/** The page's whole appearance; it loads nothing. */
export const pageStyle = `${pairStyle}
:root { --ink: #1c2330; --faint: #667085; --line: #d7dce5; --ground: #ffffff; --card: #f6f8fb; --good: #137a4b; --bad: #b3382c; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf2; --faint: #9aa4b5; --line: #363d4b; --ground: #14171d; --card: #1d222b; --good: #5fd09a; --bad: #f08c80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 32px 24px 64px; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 40px 0 10px; } h3 { font-size: 16px; margin: 20px 0 8px; }
p { margin: 6px 0; } .faint { color: var(--faint); font-size: 13px; overflow-wrap: anywhere; } .verdict { font-size: 17px; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; } tr.total td { font-weight: 700; border-top: 2px solid var(--line); }
td .interval { color: var(--faint); font-size: 12px; } .good { color: var(--good); } .bad { color: var(--bad); }
.legend span { display: inline-block; margin-right: 18px; } .legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
svg { width: 100%; max-width: 720px; height: auto; display: block; } .grid { stroke: var(--line); fill: none; } .axis { font-size: 12.5px; fill: var(--ink); } .scale { font-size: 10.5px; fill: var(--faint); }
.scroll { overflow-x: auto; }
@media (max-width: 600px) { body { padding: 20px 14px 48px; } th, td { padding: 5px 6px; } td .interval { display: block; } .axis { font-size: 17px; } .scale { font-size: 14px; } }
`
