"""Makes small tokenizers of each model, and what transformers does with tokens that stand in files beside them.

python generate.py (tokenizers 0.23.3, transformers 5.24.0, sentencepiece's table for Precompiled is left out)
"""
import json
import pathlib
import tempfile

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

here = pathlib.Path(__file__).resolve().parent
cases = here.parents[4] / "kernel/src/test/resources/cases"
text = (cases / "H-tokenizer-files/data/text.txt").read_text()
lines = text.splitlines()


def wordpiece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=160, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], show_progress=False))
    t.decoder = decoders.WordPiece()
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return t


def unigram():
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip(), normalizers.Lowercase(), normalizers.StripAccents()])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=120, unk_token="<unk>", special_tokens=["<pad>", "</s>", "<unk>"], show_progress=False))
    t.decoder = decoders.Metaspace()
    t.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return t


def llama():
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)]
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=420, special_tokens=special, show_progress=False, max_token_length=8))
    data = json.loads(t.to_str())
    data["added_tokens"] = data["added_tokens"][:3]
    t = Tokenizer.from_str(json.dumps(data))
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return t


def wordlevel():
    t = Tokenizer(models.WordLevel(unk_token="<unk>"))
    t.normalizer = normalizers.Replace("!", ".")
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation()])
    t.train_from_iterator(lines, trainers.WordLevelTrainer(vocab_size=100, special_tokens=["<s>", "</s>", "<unk>"], show_progress=False))
    t.decoder = decoders.CTC(pad_token="<s>", word_delimiter_token="|")
    t.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    return t


def split():
    t = Tokenizer.from_file(str(cases / "base/llama/tokenizer.json"))
    rule = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    from tokenizers import Regex
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(rule), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return t


def flags(content, **given):
    return {"content": content, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": False, **given}


# files beside base/llama's tokenizer.json
BESIDE = {
    "decoder": {"tokenizer_config.json": {"added_tokens_decoder": {"400": flags("Monday"), "401": flags(" will ")}}},
    "decoder-lstrip": {"tokenizer_config.json": {"added_tokens_decoder": {"400": flags("will", lstrip=True)}}},
    "decoder-rstrip": {"tokenizer_config.json": {"added_tokens_decoder": {"400": flags("will", rstrip=True)}}},
    "decoder-single-word": {"tokenizer_config.json": {"added_tokens_decoder": {"400": flags("on", single_word=True)}}},
    "decoder-of-the-vocabulary": {"tokenizer_config.json": {"added_tokens_decoder": {"7": flags("he")}}},
    "decoder-changes-flags": {"tokenizer_config.json": {"added_tokens_decoder": {"0": flags("<|endoftext|>", lstrip=True, special=True)}}},
    "decoder-hides-the-others": {
        "tokenizer_config.json": {"added_tokens_decoder": {}, "bos_token": "<|endoftext|>"},
        "added_tokens.json": {"Monday": 400}, "special_tokens_map.json": {"sep_token": "day"}},
    "added-tokens": {"added_tokens.json": {"Monday": 400, "the ": 401}},
    "added-tokens-of-taken-ids": {"added_tokens.json": {"Monday": 0, "the ": 401}},
    "special-tokens-map": {"special_tokens_map.json": {"sep_token": "day", "cls_token": {"content": "Kevin", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False}}},
    "additional-special-tokens": {"special_tokens_map.json": {"additional_special_tokens": ["Monday", "see you"]}},
    "extra-special-tokens": {"tokenizer_config.json": {"extra_special_tokens": ["Monday", {"__type": "AddedToken", **flags("see", rstrip=True)}]}},
    "extra-special-tokens-by-name": {"tokenizer_config.json": {"extra_special_tokens": {"image_token": "Monday"}}},
    "tokens-of-the-models-own": {"tokenizer_config.json": {"image_token": "Monday", "eos_token": "the "}},
    "named-special-tokens": {"tokenizer_config.json": {"eos_token": {"__type": "AddedToken", **flags(" will ", special=True)}, "pad_token": "<pad>"}},
}
# what a class of tokenizer_config.json or config.json makes of a tokenizer.json
CLASSES = {
    "gpt2-with-a-space-before": ("base", {"tokenizer_config.json": {"tokenizer_class": "GPT2TokenizerFast", "add_prefix_space": True}}),
    "gpt2-without-the-files-space": ("space", {"tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer"}}),
    "gpt2-by-its-type": ("space", {"tokenizer_config.json": {}, "config.json": {"model_type": "gpt2"}}),
    "gpt2-without-a-class": ("space", {"tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}, "config.json": {"model_type": "gpt2"}}),
    "neox": ("space", {"tokenizer_config.json": {"tokenizer_class": "GPTNeoXTokenizer"}, "config.json": {"model_type": "olmo"}}),
    "llama": ("llama", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer"}, "config.json": {"model_type": "llama"}}),
    "llama-of-old": ("llama", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "legacy": True}, "config.json": {"model_type": "llama"}}),
    "llama-without-a-space": ("llama", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizerFast", "add_prefix_space": False}, "config.json": {"model_type": "llama"}}),
    "llama-of-bytes": ("space", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer"}, "config.json": {"model_type": "llama"}}),
    "mistral-has-none": ("llama", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "add_prefix_space": False}, "config.json": {"model_type": "mistral"}}),
}
SAMPLES = [
    "Kevin: I will see you on Monday, the day. <|endoftext|>\nEmma: on  Monday \u00e9\u4f60\U0001f600 will\n",
    "Will the hen be on one? will  he  <|endoftext|>  <pad> day",
    "  caf\u0065\u0301 <s>day</s>",
]


def tokens(tokenizer):
    return [{"text": s, "ids": tokenizer(s)["input_ids"], "plain": tokenizer(s, add_special_tokens=False)["input_ids"],
             "decoded": tokenizer.decode(tokenizer(s)["input_ids"], skip_special_tokens=True)} for s in SAMPLES]


expected = {"models": {}, "beside": {}, "classes": {}}
for make in (wordpiece, unigram, llama, wordlevel, split):
    data = json.loads(make().to_str())
    (here / f"{make.__name__}.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "tokenizer.json").write_text(json.dumps(data))
        pathlib.Path(folder, "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
        expected["models"][make.__name__] = tokens(AutoTokenizer.from_pretrained(folder))
for name, files in BESIDE.items():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "tokenizer.json").write_text((cases / "base/llama/tokenizer.json").read_text())
        config = {"tokenizer_class": "PreTrainedTokenizerFast"}
        for file, content in {"tokenizer_config.json": {}, **files}.items():
            pathlib.Path(folder, file).write_text(json.dumps({**config, **content} if file == "tokenizer_config.json" else content))
        expected["beside"][name] = {"files": files, "tokens": tokens(AutoTokenizer.from_pretrained(folder))}
for name, (kind, files) in CLASSES.items():
    with tempfile.TemporaryDirectory() as folder:
        data = json.loads((here / "llama.json" if kind == "llama" else cases / "base/llama/tokenizer.json").read_text())
        if kind == "space":
            data["pre_tokenizer"]["add_prefix_space"] = True
        pathlib.Path(folder, "tokenizer.json").write_text(json.dumps(data))
        for file, content in files.items():
            pathlib.Path(folder, file).write_text(json.dumps(content))
        expected["classes"][name] = {"tokenizer": kind, "files": files, "tokens": tokens(AutoTokenizer.from_pretrained(folder))}
(here / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")
