"""Writes test/golden/ftfy/cases.json: what ftfy makes of damaged and of sound texts.

ftfyTexts.py FILE     needs ftfy (6.3)
"""
import json, sys

import ftfy

# fmt: off
TEXTS = ["plain text","cafÃ© â€œquotedâ€\u009d donâ€™t","L&AMP;AMP;ATILDE;&AMP;AMP;SUP3;PEZ","&lt;b&gt;","<b>&amp;</b>","“curly” ‘quotes’","ﬁne ﬂow","ＦＵＬＬ　ｗｉｄｔｈ","l’humanitÃ©","âœ” No problems","ðŸ˜Š smile","ðŸ¶ dog","schÃ¶n Ã¼ber","Ã‰tude","MÃ¼nchen â€“ Berlin","â‚¬ 5","Â£5 and Â© 2020","Â½ cup","a\u00a0b","x\u200by","\ufeffbom","tabs\t\r\nnew","\x1b[31mred\x1b[0m","\ud83d\ude00","ĳssel ŉ","Ĳ","…dots…","naïve façade","Ã  la carte","ÃƒÂ©t","Ã¢â‚¬â„¢","Ð¿Ñ€Ð¸Ð²ÐµÑ‚","Î±Î²Î³","æ—¥æœ¬","ä½\u00a0å¥½","SÃ£o Paulo","coraÃ§Ã£o","JosÃ© MarÃ\xada","donâ\x80\x99t","\x85next","‘’‚‛“”„‟","´`","½ ² ³","①②","ﾊﾝｶｸ","café","e\u0301","&eacute;&Eacute;&hellip;&copy","&#8217;&#x2019;","&notanentity;","AT&T &amp; Q&A","&lt;not a tag&gt; & <br>","\u2028line","1 â„ 2","â„¢","Â°C 20Â°C","Ã—","Âµm","ÐœÐ¾ÑÐºÐ²Ð°","Ã¥Ã¤Ã¶ Ã…Ã„Ã–","Ã±andÃº","lâ€™Ã©tÃ©","RÃƒÂ©sumÃƒÂ©","Å¡ Å¾ Å“","Ä‡ Ä\x8d","TÅ‚umaczenie","Ãœber","ÃŸ","Â¿QuÃ©?","Â¡Hola!","â€¦ wait","â€˜xâ€™","â€¢ item","ï¬\x81ne","\u00ad soft","zero\u200dwidth","\ufffd","Ã","â€","1â€“2","ä","Ã¢","it's 100% ok ✓","emoji 👩‍👩‍👧","Zażółć gęślą jaźń","Ελληνικά","русский","日本語テキスト","한국어","עברית","العربية"]

if __name__ == "__main__":
    with open(sys.argv[1], "w") as out:
        json.dump({"ftfy": "6.3", "cases": [[text, ftfy.fix_text(text)] for text in TEXTS]}, out)
        out.write("\n")
