"""Makes the small tokenizers in the folder tokenizers, and what transformers makes of texts by them.

Needs transformers 5; run in this folder: python tokenizers.py
"""

import json
import pathlib
import sys

sys.path.pop(0)  # this file's name is a library's
import tokenizers as library  # noqa: E402
from tokenizers import models, normalizers, pre_tokenizers, trainers  # noqa: E402
from transformers import AutoTokenizer, MBart50Tokenizer, MBartTokenizer, NllbTokenizer, RobertaTokenizer, T5Tokenizer  # noqa: E402
from transformers import PreTrainedTokenizerFast  # noqa: E402

TEXTS = ["The cat sat on the mat, and the dog sat by the cat.", "Die Katze saß auf der Matte; der Hund saß bei der Katze.",
         "Where is the station? It is not far.", "Wo ist der Bahnhof? Er ist nicht weit.", "the other 12 cats don't sit there"]
ODD = TEXTS[:4] + ["", " ", "  two  spaces ", "the cat\n sat", "</s> the cat", "<unk>the<pad> cat", "naïve Ωmega 猫 🐈",
                   "en_XX the cat", "sat.Sat,sat", "\tthe", "x" * 40]


def unigram(size, special):
    tokenizer = library.Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(TEXTS, trainers.UnigramTrainer(
        vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False))
    return [tuple(p) for p in json.loads(tokenizer.to_str())["model"]["vocab"]]


def bpe(size, special, cutting):
    tokenizer = library.Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = cutting
    alphabet = pre_tokenizers.ByteLevel.alphabet() if isinstance(cutting, pre_tokenizers.ByteLevel) else []
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(m) for m in model["merges"]]


def saved(name, tokenizer):
    tokenizer.save_pretrained(pathlib.Path("tokenizers") / name)
    return pathlib.Path("tokenizers") / name


def bart():
    vocab, merges = bpe(300, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], pre_tokenizers.ByteLevel(add_prefix_space=False))
    saved("bart", RobertaTokenizer(vocab=vocab, merges=merges))


def t5():
    saved("t5", T5Tokenizer(vocab=unigram(68, ["<pad>", "</s>", "<unk>"]), extra_ids=2))


def t5_alone():
    """A file alone, of which the class takes the pieces and no more."""
    folder = saved("t5-alone", T5Tokenizer(vocab=unigram(60, ["<pad>", "</s>", "<unk>"]), extra_ids=0))
    (folder / "tokenizer_config.json").unlink()
    (folder / "config.json").write_text('{"model_type": "t5"}\n')
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer |= {"post_processor": None, "pre_tokenizer": {"type": "Whitespace"}, "normalizer": {"type": "Lowercase"}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False) + "\n")


def mbart():
    saved("mbart", MBartTokenizer(vocab=unigram(60, ["<s>", "<pad>", "</s>", "<unk>"]), src_lang="de_DE", tgt_lang="ro_RO"))
    saved("mbart-one", MBartTokenizer(vocab=unigram(60, ["<s>", "<pad>", "</s>", "<unk>"])))


def mbart50():
    saved("mbart50", MBart50Tokenizer(
        vocab=[*unigram(60, ["<s>", "<pad>", "</s>", "<unk>"]), ("en_XX", 0.0), ("de_DE", 0.0)], src_lang="en_XX", tgt_lang="de_DE"))


def nllb():
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    vocab, merges = bpe(90, special, pre_tokenizers.Metaspace())
    codes = ["eng_Latn", "deu_Latn", "fra_Latn"]
    saved("nllb", NllbTokenizer(vocab=vocab, merges=merges, src_lang="eng_Latn", tgt_lang="deu_Latn", extra_special_tokens=codes))
    saved("nllb-legacy", NllbTokenizer(
        vocab=vocab, merges=merges, src_lang="deu_Latn", legacy_behaviour=True, extra_special_tokens=codes))


def plain():
    """One that is taken as its file says, though the model's family has a class of its own."""
    tokenizer = library.Tokenizer(models.Unigram(unigram(60, ["<pad>", "</s>", "<unk>"]), 2, False))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = library.decoders.Metaspace()
    tokenizer.post_processor = library.processors.TemplateProcessing(
        single="</s> $A </s>", pair="$A $B", special_tokens=[("</s>", 1)])
    folder = saved("plain", PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", pad_token="<pad>", unk_token="<unk>"))
    (folder / "config.json").write_text('{"model_type": "bart"}\n')


for make in bart, t5, t5_alone, mbart, mbart50, nllb, plain:
    make()
expected = {}
for folder in sorted(p for p in pathlib.Path("tokenizers").iterdir() if p.is_dir()):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in ODD:
        both = tokenizer(text, text_target=text)
        cut = tokenizer(text, text_target=text, truncation=True, max_length=9)
        rows.append({"text": text, "cut": [cut["input_ids"], cut["labels"]], "source": both["input_ids"], "target": both["labels"],
                     "decoded": tokenizer.decode(both["labels"], skip_special_tokens=True)})
    expected[folder.name] = rows
    print(folder.name, type(tokenizer).__name__, len(tokenizer), rows[0])
pathlib.Path("tokenizers/expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")
