"""What transformers makes of the demo translator: tokens of odd strings, translations of the first 200 test sentences.

Needs torch, transformers and sentencepiece; run in this folder: python demo.py ../../../../../environment
"""

import json
import pathlib
import sys

import torch
from transformers import MarianMTModel, MarianTokenizer

STRINGS = [
    "",
    " ",
    "Tom没有礼貌。",
    "  Tom  没有\t礼貌 。 ",
    "ＡＢＣ１２３ ｆｕｌｌ ½ ﬁ ℃",
    "你好😀世界 𠀀𠮷 👨\u200d👩\u200d👧",
    "naïve café — “quoted” … ‘single’",
    "no-break\u00a0space ideographic\u3000space zero\u200bwidth",
    "</s> in <pad> the <unk> text</s>",
    ">>eng<< 我们3点见。",
    "a >>eng<< b <<",
    "▁lower one eighth block▁",
    "مرحبا नमस्ते สวัสดี Привет",
    "line\nbreak\r\nand\x07bell",
    "e\u0301 combining, \ufeffbyte order mark",
    "x" * 40,
]

home = pathlib.Path(sys.argv[1])
folder = home / "models" / "opus-mt-tatoeba-zh-en"
tokenizer = MarianTokenizer.from_pretrained(folder)
model = MarianMTModel.from_pretrained(folder, dtype=torch.float32).eval()
lines = (home / "data" / "tatoeba-test.tsv").read_text(encoding="utf-8").splitlines()
sources = [line.split("\t")[0] for line in lines][:200]

tokens = []
for text in STRINGS:
    source = tokenizer(text)["input_ids"]
    target = tokenizer(text_target=text)["input_ids"]
    tokens.append({
        "text": text,
        "source": source,
        "target": target,
        "decoded": tokenizer.decode(target, skip_special_tokens=True),
    })


def translated(beams):
    sentences = []
    for i in range(0, len(sources), 50):
        batch = tokenizer(sources[i : i + 50], return_tensors="pt", padding=True)
        with torch.no_grad():
            generated = model.generate(**batch, num_beams=beams, max_length=64)
        sentences += tokenizer.batch_decode(generated, skip_special_tokens=True)
    return sentences


expected = {"tokens": tokens, "translations": {beams: translated(beams) for beams in (1, 4)}}
with open("demo.json", "w", encoding="utf-8") as file:
    json.dump(expected, file, ensure_ascii=True, indent=1)
    file.write("\n")
