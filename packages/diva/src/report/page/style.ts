import { pairStyle } from "../../evaluate/page/pairCards.ts"
import { stripStyle } from "./pictures.ts"

/** How report pages look: the system's fonts, light or dark as the reader has it. */
export const style = `
:root{color-scheme:light dark;--ink:#1c1c1c;--paper:#fff;--faint:#6b6b6b;--rule:#dcdcdc;--line:#dcdcdc;--card:#f6f6f6;--good:#137a4b;--bad:#b3382c}
@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#161616;--faint:#9a9a9a;--rule:#3a3a3a;--line:#3a3a3a;--card:#202020;--good:#5fd09a;--bad:#f08c80}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1240px;margin:0 auto;padding:24px}
h1{font-size:24px;font-weight:600;overflow-wrap:anywhere}h2{font-size:18px;font-weight:600;margin-top:32px}
table{border-collapse:collapse;margin:12px 0;display:block;overflow-x:auto;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px 4px 0;text-align:left;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:600;color:var(--faint)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:20px}
figure{margin:16px 0;min-width:0}figcaption{font-weight:600;margin-bottom:4px}svg{width:100%;height:auto;max-width:640px}
.grid{stroke:var(--rule)}.tick{fill:var(--faint);font-size:11px}
.legend{margin:4px 0;color:var(--faint);font-size:13px}.legend span{margin-right:14px}
.legend i{display:inline-block;width:12px;height:3px;margin-right:5px;vertical-align:middle}
${stripStyle}${pairStyle}
.faint{color:var(--faint);font-size:13px;overflow-wrap:anywhere}.good{color:var(--good)}.bad{color:var(--bad)}.verdict{font-weight:600}h3{font-size:15px}
details{margin:8px 0}summary{cursor:pointer}pre{overflow-x:auto;font-size:12px}
`.replaceAll("\n", "")
