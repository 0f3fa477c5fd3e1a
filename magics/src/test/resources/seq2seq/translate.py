"""What transformers makes of sentences with the folder t5 and its tokenizer, and how sacreBLEU judges it.

Needs torch, transformers 5 and sacrebleu; run in this folder after generate.py: python translate.py
"""

import json
import pathlib
import sys

sys.path.pop(0)  # a file here has a library's name
import sacrebleu  # noqa: E402
import torch  # noqa: E402
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer  # noqa: E402

SOURCES = ["The cat sat on the mat.", "Where is the station?", "the dog sat by the cat, and the cat sat", "It is not far.",
           "Wo ist der Bahnhof?", "the other 12 cats", "Die Katze saß auf der Matte; der Hund", "x y z"]
model = AutoModelForSeq2SeqLM.from_pretrained("t5").eval()
tokenizer = AutoTokenizer.from_pretrained("tokenizers/t5")
made = {}
for beams in (1, 4):
    made[beams] = []
    for source in SOURCES:
        inputs = tokenizer(source, return_tensors="pt")
        with torch.no_grad():
            out = model.generate(**inputs, num_beams=beams, max_length=30)
        made[beams].append(tokenizer.decode(out[0], skip_special_tokens=True).strip())
references = [text if i % 3 else text[: len(text) * 2 // 3] + " and more" for i, text in enumerate(made[4])]
pathlib.Path("translate").mkdir(exist_ok=True)
lines = "".join(f"{s}\t{r}\n" for s, r in zip(SOURCES, references, strict=True))
pathlib.Path("translate/test.tsv").write_text(lines)
score = sacrebleu.corpus_bleu(made[4], [references])
chrf = sacrebleu.corpus_chrf(made[4], [references])
loss = []
for source, reference in zip(SOURCES, references, strict=True):
    batch = tokenizer(source, text_target=reference, return_tensors="pt")
    with torch.no_grad():
        loss.append(model(**batch).loss.item())
expected = {"made": made, "bleu": score.score, "chrF": chrf.score, "losses": loss}
pathlib.Path("translate/expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")
print(expected)
