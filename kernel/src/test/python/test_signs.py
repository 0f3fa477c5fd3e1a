"""The demo's pictures are drawn anew, pixel for pixel: DemoSignsTest.java tries the parquet files on the same digests."""

import subprocess
import sys

from conftest import REPOSITORY

DATA = REPOSITORY / "environment/data"


def test_the_script_draws_the_pictures_of_the_demo():
    drawn = subprocess.run([sys.executable, DATA / "signs.py", "--digests"], capture_output=True, text=True, check=True)
    assert drawn.stdout == (DATA / "signs.sha256").read_text()
