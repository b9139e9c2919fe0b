"""Writes test/golden/siglip_tokens/cases.json: a small unigram model as T5's and SigLIP's are, and ids of texts by
sentencepiece itself after open_clip's `canonicalize_text` (2.24; none of the texts is one that ftfy would change).

sentencePieces.py FILE     needs sentencepiece (Debian: python3-sentencepiece); the corpus is the standard library's documentation
"""
import argparse, asyncio, decimal, html, inspect, io, json, pathlib, random, re, statistics, string, subprocess, sys, tempfile, unittest

import sentencepiece

CONTEXT = 16
TEXTS = [
    "a photo of a dog.", "A photo of TWO cats, sitting on a red sofa!", "", "   ", "snake_case and kebab-case words", "l'été à la plage", "naïve café, 東京 2024",
    "&lt;b&gt;bold &amp; italic&lt;/b&gt;", "tabs\tand\nnew lines", "supercalifragilisticexpialidocious", "the function returns the value of the first argument",
    "1234567890 3.14159 -42", "emoji 🐶 and ☃", "x", "a b c d e f g h i j k l m n o p q r s t u v w x y z", "don't can't won't it's", "!!!???...", "ＦＵＬＬ", "word " * 40,
]


def canonical(text):
    text = html.unescape(html.unescape(text)).strip()
    text = text.replace("_", " ").translate(str.maketrans("", "", string.punctuation)).lower()
    return re.sub(r"\s+", " ", text).strip()


def corpus():
    modules = [argparse, asyncio, decimal, inspect, io, json, pathlib, random, statistics, subprocess, tempfile, unittest]
    for module in modules:
        for _, member in sorted(vars(module).items(), key=lambda item: item[0]):
            for line in (inspect.getdoc(member) or "").splitlines():
                if canonical(line):
                    yield canonical(line)


if __name__ == "__main__":
    lines, model = list(corpus()), io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=800, model_type="unigram", character_coverage=1.0, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
        hard_vocab_limit=False, num_threads=1, minloglevel=2,
    )
    sp = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [[sp.id_to_piece(i), float(f"{sp.get_score(i):.9g}")] for i in range(sp.get_piece_size())]
    draw = random.Random(11)
    words = [word for line in lines for word in line.split()]
    texts = TEXTS + [" ".join(draw.choice(words) for _ in range(draw.randint(1, 12))) for _ in range(60)]
    rows = []
    for text in texts:
        ids = sp.encode(canonical(text))
        rows.append({"text": text, "ids": ids, "row": (ids[: CONTEXT - 1] + [1] * CONTEXT)[:CONTEXT]})
    with open(sys.argv[1], "w") as out:
        json.dump({"sentencepiece": sentencepiece.__version__, "context": CONTEXT, "pieces": pieces, "rows": rows}, out, ensure_ascii=False)
        out.write("\n")
