"""Gives encoders of this folder tokenizers, and writes what transformers makes of a text and of sentences.

Needs torch and transformers; run in this folder, after generate.py: python tokenized.py
"""

import json
import pathlib
import random
import shutil
import string
import tempfile

import torch
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertTokenizer, RobertaTokenizer)

here = pathlib.Path(__file__).parent
random.seed(7)


def word(letters):
    return "".join(random.choice(letters) for _ in range(random.randint(1, 5)))


def sentence(words):
    return " ".join(word("abcdefghijklmnopqrstuvwx") for _ in range(words))


def bert(letters, more):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + c for c in letters), *more]
    return BertTokenizer(vocab={token: i for i, token in enumerate(tokens)})


def roberta(start):
    tokens = [*start, *string.ascii_lowercase, "Ġ", *("Ġ" + c for c in string.ascii_lowercase), ".", ",", "!", "<mask>"]
    return RobertaTokenizer(vocab={token: i for i, token in enumerate(tokens)},
                            merges=[("Ġ", c) for c in string.ascii_lowercase])


tokenizers = {
    "bert-masked": bert(string.ascii_lowercase, ".,!?"),
    "bert-sentences": bert(string.ascii_lowercase, ".,!?"),
    "bert-bare": bert(string.ascii_lowercase, ".,!?"),
    "roberta-masked": roberta(["<s>", "<pad>", "</s>", "<unk>"]),
    "roberta-sentences": roberta(["<s>", "<unk>", "</s>", "<pad>"]),
    "distilbert-masked": bert(string.ascii_lowercase[:24], ""),
    "distilbert-sentences": bert(string.ascii_lowercase[:24], ""),
}
text = "\n".join(sentence(9) + " ." for _ in range(40)) + "\n"
(here / "text.txt").write_text(text)
rows = [(sentence(random.choice([1, 2, 3, 4, 12])) + random.choice(["", " .", ' "', " É"]), random.randint(0, 1))
        for _ in range(40)]
(here / "sentences.tsv").write_text("sentence\tlabel\n" + "".join(f"{s}\t{c}\n" for s, c in rows))

expected = {}
for name, tokenizer in tokenizers.items():
    tokenizer.save_pretrained(here / name)
    tokenizer = AutoTokenizer.from_pretrained(here / name)
    config = json.loads((here / name / "config.json").read_text())
    context = config["max_position_embeddings"]
    if config["model_type"] == "roberta":
        context -= config["pad_token_id"] + 1
    expected[name] = dict(context=context, text=tokenizer(text, add_special_tokens=False)["input_ids"])
    if name.endswith("sentences"):
        model = AutoModelForSequenceClassification.from_pretrained(here / name).eval()
        batch = tokenizer([s for s, _ in rows], truncation=True, max_length=context)["input_ids"]
        with torch.no_grad():
            logits = [model(input_ids=torch.tensor([ids])).logits[0] for ids in batch]
            found = [scores.argmax().item() for scores in logits]
        expected[name].update(sentences=batch, logits=[scores.tolist() for scores in logits], accuracy=sum(f == c for f, (_, c) in zip(found, rows)) / len(rows),
                              cut=sum(len(ids) > context for ids in tokenizer([s for s, _ in rows])["input_ids"]))
        print(name, sorted(found), expected[name]["accuracy"], expected[name]["cut"])

# files that say otherwise than the class does, which counts: of tokenizer_config.json, of tokenizer.json by a path
CASES = {
    "cased": ("bert-masked", {"do_lower_case": False}, {}),
    "file cased": ("bert-masked", {}, {"normalizer/lowercase": False}),
    "nothing said": ("bert-masked", {"do_lower_case": None}, {"normalizer/lowercase": False}),
    "no class": ("bert-masked", {"tokenizer_class": None, "do_lower_case": None}, {"normalizer/lowercase": False}),
    "accents": ("bert-masked", {"strip_accents": False}, {}),
    "fast": ("bert-masked", {"tokenizer_class": "BertTokenizerFast"}, {"normalizer/lowercase": False}),
    "distilled": ("distilbert-masked", {"tokenizer_class": "DistilBertTokenizer"}, {"normalizer/lowercase": False}),
    "of the library": ("bert-masked", {"tokenizer_class": "PreTrainedTokenizerFast"}, {"normalizer/lowercase": False}),
    "no template": ("bert-masked", {}, {"post_processor": None}),
    "bytes": ("roberta-masked", {}, {"pre_tokenizer/add_prefix_space": True, "post_processor": None}),
    "space": ("roberta-masked", {"add_prefix_space": True}, {"normalizer": {"type": "Lowercase"}}),
}
TEXTS = ["Ab é 中a", "ab [MASK] c .", "x", ""]
expected["classes"] = {}
for name, (base, config, tokenizer) in CASES.items():
    with tempfile.TemporaryDirectory() as folder:
        folder = shutil.copytree(here / base, pathlib.Path(folder) / "model")
        for file, changes in ("tokenizer_config.json", config), ("tokenizer.json", tokenizer):
            whole = json.loads((folder / file).read_text())
            for path, value in changes.items():
                *parents, last = path.split("/")
                part = whole
                for parent in parents:
                    part = part[parent]
                part[last] = value
                if value is None and file != "tokenizer.json":
                    del part[last]
            (folder / file).write_text(json.dumps(whole))
        expected["classes"][name] = dict(base=base, config=config, tokenizer=tokenizer, texts=TEXTS,
                                         ids=AutoTokenizer.from_pretrained(folder)(TEXTS)["input_ids"])
(here / "tokenized.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
