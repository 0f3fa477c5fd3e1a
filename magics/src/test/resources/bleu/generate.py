"""Scores translations with sacreBLEU 2.6.0: golden values for CorpusBleuTest.

Needs sacrebleu; run in this folder: python generate.py
"""

import json

import sacrebleu
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

SENTENCES = [
    "",
    " ",
    "a",
    "Tom has no manners.",
    "  Tom   has\tno manners .  ",
    "It's 3.5% of $1,000.00, isn't it?",
    "1.5-2.5 and 3-4, U.S.-based; e.g. 12,34 .5 5. a.b a,b",
    "&quot;Yes&quot; &amp;amp; &lt;no&gt; & <skipped> x&y;",
    "line-\nbreak and\nanother",
    "no-break\u00a0space, thin\u2009space, ideographic\u3000space, zero\u200bwidth, next\u0085line, file\u001cseparator",
    "naïve café — “quoted” … ‘single’",
    "我们3点见。OK？（好）",
    "𠀀𠮷 extended 😀 emoji 👨\u200d👩\u200d👧",
    "，。！？：；「」『』【】、·",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "ＡＢＣ１２３ full ｗｉｄｔｈ",
    "http://example.org/a_b?c=d&e=f#g",
    "\ufeffbyte order mark\u2028line separator\u2029end",
    "the the the the the the the",
    "ﬁ ligature ½ ² ℃ № ™",
    "٣٤.٥٦ arabic १२,३४ digits",
    "☀☃ ✂ ⼀ ㈠ ㍿ ︵ ︰ ㄅ ㆠ",
]


def corpora():
    shifted = SENTENCES[1:] + SENTENCES[:1]
    edited = [" ".join(s.split()[:-1] + ["x"]) for s in SENTENCES]
    cut = [s[: 2 * len(s) // 3] for s in SENTENCES]
    yield "the same", SENTENCES, SENTENCES
    yield "shifted", SENTENCES, shifted
    yield "edited", edited, SENTENCES
    yield "cut", cut, SENTENCES
    yield "longer", SENTENCES, cut
    yield "nothing translated", [""] * len(SENTENCES), SENTENCES
    yield "nothing wanted", SENTENCES, [""] * len(SENTENCES)
    yield "nothing at all", ["", ""], ["", ""]
    yield "one word", ["a"], ["a"]
    yield "two of three words", ["the cat"], ["the cat sat"]
    yield "no pair of words", ["b a"], ["a b"]
    yield "three words", ["a b c d"], ["a b c x"]
    yield "clipped", ["the the the the the the the"], ["the cat is on the mat"]
    for s in SENTENCES:
        yield "alone: " + s[:12], [s + " end"], [s]


def scored(name, translations, references):
    result = {"name": name, "translations": translations, "references": references}
    for tokenize in ("13a", "zh"):
        bleu = sacrebleu.BLEU(tokenize=tokenize)
        score = bleu.corpus_score(translations, [references])
        result[tokenize] = {
            "score": score.score,
            "precisions": score.precisions,
            "bp": score.bp,
            "words": score.sys_len,
            "referenceWords": score.ref_len,
            "signature": str(bleu.get_signature()),
        }
    chrf = sacrebleu.CHRF()
    result["chrF"] = {"score": chrf.corpus_score(translations, [references]).score, "signature": str(chrf.get_signature())}
    return result


golden = {
    "sentences": [
        {"text": s, "13a": Tokenizer13a()(s.rstrip()).split(), "zh": TokenizerZh()(s.rstrip()).split()} for s in SENTENCES
    ],
    "corpora": [scored(*corpus) for corpus in corpora()],
}
with open("expected.json", "w", encoding="utf-8") as file:
    json.dump(golden, file, ensure_ascii=True, indent=1)
    file.write("\n")
