"""Makes the demo model olmo-dialogues as it stands beside this script: OLMo's architecture, taught by ffmerge itself.

    olmo-dialogues.py FOLDER [--steps 1500]

needs `environment/ffmerge setup` done, and the packages tokenizers and numpy in the Python that runs it. It teaches the
language of the demo's chats (../data/dialogues.py --unpaired), but not how to summarize them: no chat in that text has
its summary. One thread takes about 20 minutes.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ENVIRONMENT = Path(__file__).resolve().parent.parent
CONTEXT = 256
VOCABULARY = 1024
END = "<|endoftext|>"
PADDING = "<|padding|>"
CONFIG = {
    "model_type": "olmo",
    "architectures": ["OlmoForCausalLM"],
    "hidden_act": "silu",
    "attention_bias": False,
    "attention_dropout": 0.0,
    "clip_qkv": None,
    "hidden_size": 128,
    "intermediate_size": 384,
    "num_hidden_layers": 8,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": CONTEXT,
    "rope_theta": 10000.0,
    "rope_scaling": None,
    "tie_word_embeddings": True,
    "vocab_size": VOCABULARY,
    "eos_token_id": 0,
    "pad_token_id": 1,
}


def tokenizer(text):
    """Byte-level BPE with NFC as OLMo's, the end and the padding token first."""
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=[END, PADDING], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    made.train([str(text)], trainer)
    return made


def notebook(path, lines):
    cells = [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": line}
             for i, line in enumerate(lines)]
    kernel = {"name": "ffmerge", "display_name": "Java (ffmerge)", "language": "java"}
    made = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(made))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=1500)
    arguments = parser.parse_args()
    work = arguments.folder.resolve().with_suffix(".work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    subprocess.run([sys.executable, ENVIRONMENT / "data/dialogues.py", work / "text", "--unpaired"], check=True)
    (work / "config.json").write_text(json.dumps(CONFIG))
    subprocess.run([sys.executable, ENVIRONMENT / "bench/random_checkpoint.py", work / "config.json", work / "random",
                    "--dtype", "float32"], check=True)
    tokenizer(work / "text/train.txt").save(str(work / "random/tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT, "eos_token": END,
                "pad_token": PADDING, "unk_token": None}
    (work / "random/tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")

    steps = f"--steps {arguments.steps} --batch 8 --rate 2e-3 --decay 0.05 --validate 500 --limit 64"
    notebook(work / "teach.ipynb", [
        f"%ffmerge load {work}/random --as blank",
        f"%ffmerge tune blank --data {work}/text {steps} --as base",
        f"%ffmerge save base {arguments.folder.resolve()} --dtype float16",
    ])
    subprocess.run([ENVIRONMENT / "ffmerge", "run", work / "teach.ipynb"], check=True)


if __name__ == "__main__":
    main()
