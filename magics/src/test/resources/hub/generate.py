"""Fetches the sample of HubServer with huggingface_hub and writes down how it lies in the cache.

Needs huggingface_hub and a running HubServer (the test class's main, with a port):
    python generate.py http://localhost:PORT          writes cache.txt
    python generate.py http://localhost:PORT CACHE    checks offline that it finds what ffmerge fetched into CACHE
"""

import os
import pathlib
import sys
import tempfile

FILES = ["config.json", "generation_config.json", "model.safetensors", "source.spm", "tokenizer.json", "vocab.json"]

endpoint = sys.argv[1]
cache = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
os.environ.update(HF_ENDPOINT=endpoint, HF_HUB_CACHE=str(cache), HF_HUB_DISABLE_XET="1")
if len(sys.argv) > 2:
    os.environ["HF_HUB_OFFLINE"] = "1"

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download  # noqa: E402


def listing():
    lines = []
    for path in sorted(cache.rglob("*")):
        if path.is_symlink():
            lines.append(f"{path.relative_to(cache)} -> {os.readlink(path)}")
        elif path.is_file():
            lines.append(f"{path.relative_to(cache)}: {path.stat().st_size} bytes")
    return [line for line in lines if not line.startswith((".locks", "CACHEDIR.TAG"))]


paths = [hf_hub_download("tiny/model", name) for name in FILES]
if len(sys.argv) > 2:
    folder = snapshot_download("tiny/model", allow_patterns=FILES)
    info = scan_cache_dir(cache)
    assert not info.warnings, info.warnings
    print("found", len(paths), "files offline,", folder, [r.repo_id for r in info.repos])
else:
    (pathlib.Path(__file__).parent / "cache.txt").write_text("\n".join(listing()) + "\n")
