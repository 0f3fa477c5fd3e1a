"""What the doctor and the kernelspec make of drivers and torches, in folders that look like them."""

import re
import sys

import pytest
from conftest import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "environment"))
import doctor  # noqa: E402
import kernelspec  # noqa: E402
import torch_library  # noqa: E402
from torch_library import Driver  # noqa: E402

H200 = Driver(["NVIDIA H200, 570.86.15, 143771 MiB"], "570.86.15")


@pytest.fixture
def torch(tmp_path):
    """Makes a site-packages folder with a torch."""

    def make(version, cuda="12.8", name="site-packages"):
        lib = tmp_path / name / "torch/lib"
        lib.mkdir(parents=True)
        (lib / "libtorch_cpu.so").touch()
        if cuda:
            (lib / "libtorch_cuda.so").touch()
        build = "cu" + cuda.replace(".", "") if cuda else "cpu"
        (lib.parent / "version.py").write_text(
            f"from typing import Optional\n\n__all__ = ['__version__', 'debug', 'cuda']\n__version__ = '{version}+{build}'\n"
            f"debug = False\ncuda: Optional[str] = {cuda!r}\nhip: Optional[str] = None\n"
        )
        return tmp_path / name

    return make


def levels(driver, candidates, **environment):
    return [(level, what) for level, what, _ in doctor.gpu_findings(driver, candidates, environment)]


def said(driver, candidates, **environment):
    return "\n".join(text for _, _, text in doctor.gpu_findings(driver, candidates, environment))


def test_a_pip_torch_that_fits_is_chosen(torch, tmp_path):
    candidates = torch_library.libraries(
        None, [torch("2.9.1", name="newer"), torch("2.8.0", name="fitting"), torch("2.7.1", name="later")], tmp_path)
    assert torch_library.choice(candidates).folder == tmp_path / "fitting/torch/lib"
    assert levels(H200, candidates) == [("ok", "gpu:0"), ("-", "torch"), ("ok", "CUDA torch"), ("-", "CUDA torch")]
    assert "version 2.9.1; DJL's native code runs on 2.7.1 and 2.8.0" in said(H200, candidates)


@pytest.mark.parametrize(
    "version, cuda, why",
    [
        ("2.9.1", "12.8", "version 2.9.1"),
        ("2.15.0", "13.2", "version 2.15.0"),
        ("2.7.1", "12.6", "for CUDA 12.6; DJL's native code is for CUDA 12.8"),
        ("2.8.0", None, "a build without CUDA"),
    ],
)
def test_what_does_not_fit_is_left_alone_and_the_remedy_named(torch, tmp_path, version, cuda, why):
    candidates = torch_library.libraries(None, [torch(version, cuda)], tmp_path)
    assert torch_library.choice(candidates) is None
    assert levels(H200, candidates) == [("ok", "gpu:0"), ("-", "torch"), ("missing", "CUDA torch")]
    assert why in said(H200, candidates)
    assert "environment/ffmerge setup --gpu" in said(H200, candidates)


def test_the_named_folder_counts_alone(torch, tmp_path):
    other = torch("2.8.0", name="other")
    named = torch("2.10.0", name="named") / "torch/lib"
    candidates = torch_library.libraries(str(named), [other], tmp_path)
    assert [c.folder for c in candidates] == [named]
    # the JVM would end, with a GPU or without
    assert ("missing", "libtorch") in levels(H200, candidates, PYTORCH_LIBRARY_PATH=str(named))
    assert levels(None, candidates, PYTORCH_LIBRARY_PATH=str(named)) == [("-", "GPU"), ("missing", "libtorch")]
    nothing = torch_library.libraries(str(tmp_path), [other], tmp_path)
    assert "holds no libtorch" in said(None, nothing, PYTORCH_LIBRARY_PATH=str(tmp_path))


def test_a_named_library_for_cuda_needs_a_driver(torch, tmp_path):
    named = str(torch("2.8.0") / "torch/lib")
    candidates = torch_library.libraries(named, [], tmp_path)
    assert levels(None, candidates, PYTORCH_LIBRARY_PATH=named) == [("-", "GPU"), ("missing", "libtorch")]
    assert "doesn't start without NVIDIA's driver" in said(None, candidates, PYTORCH_LIBRARY_PATH=named)
    assert levels(H200, candidates, PYTORCH_LIBRARY_PATH=named) == [("ok", "gpu:0"), ("ok", "CUDA torch")]


def test_djls_own_is_found_in_its_cache(tmp_path):
    folder = tmp_path / "pytorch/2.7.1-20250812-cu128-linux-x86_64"
    folder.mkdir(parents=True)
    (folder / "libtorch_cpu.so").touch()
    (folder / "libtorch_cuda.so").touch()
    (found,) = torch_library.libraries(None, [], tmp_path)
    assert (found.version, found.cuda, found.source, found.misfit()) == ("2.7.1", "12.8", "DJL's own", None)


def test_libtorchs_own_archive_tells_its_version(tmp_path):
    lib = tmp_path / "libtorch/lib"
    lib.mkdir(parents=True)
    (lib / "libtorch_cpu.so").touch()
    (lib / "libtorch_cuda.so").touch()
    assert "of unknown version" in torch_library.library(lib, "PYTORCH_LIBRARY_PATH").misfit()
    (lib.parent / "build-version").write_text("2.7.1+cu128\n")
    assert torch_library.library(lib, "PYTORCH_LIBRARY_PATH").misfit() is None


def test_native_code_beside_a_torch_was_built_for_it(torch, tmp_path):
    folder = torch("2.11.0", "13.0")
    (folder / "torch/lib/libdjl_torch.so").touch()
    (found,) = torch_library.libraries(None, [folder], tmp_path)
    assert found.misfit() is None


def test_without_a_driver_nothing_is_missing(torch, tmp_path):
    assert levels(None, []) == [("-", "GPU")]
    assert levels(None, torch_library.libraries(None, [torch("2.15.0", "13.2")], tmp_path)) == [("-", "GPU"), ("-", "torch")]


@pytest.mark.parametrize(
    "driver, why",
    [
        (Driver([], None), "shows no GPU"),
        (Driver(["Tesla V100, 470.57.02, 16160 MiB"], "470.57.02"), "driver 470.57.02 is too old for CUDA 12.8"),
    ],
)
def test_a_driver_that_does_not_do_is_said(driver, why):
    assert levels(driver, []) == [("missing", "GPU")]
    assert why in said(driver, [])


def test_a_version_for_djl_is_warned_of():
    assert ("missing", "PYTORCH_VERSION") in levels(H200, [], PYTORCH_VERSION="2.7.1")


def test_the_driver_is_asked(tmp_path):
    tell = lambda text, code=0: (sys.executable, "-c", f"print({text!r}); raise SystemExit({code})")  # noqa: E731
    lines = "NVIDIA H200, 570.86.15, 143771 MiB\nNVIDIA H200, 570.86.15, 143771 MiB"
    assert torch_library.driver(tell(lines), []) == Driver(lines.splitlines(), "570.86.15")
    assert torch_library.driver(tell("no devices", 6), []) is None
    assert torch_library.driver(("no-such-program",), [str(tmp_path)]) is None
    (tmp_path / "libcuda.so.1").touch()
    assert torch_library.driver(("no-such-program",), [str(tmp_path)]) == Driver([], None)


def test_the_kernel_is_told_of_the_library_that_fits(torch, monkeypatch):
    folder = torch("2.8.0")
    monkeypatch.delenv("PYTORCH_LIBRARY_PATH", raising=False)
    monkeypatch.setattr(torch_library, "site_packages", lambda home: [folder])
    monkeypatch.setattr(torch_library, "driver", lambda: H200)
    spec = kernelspec.kernel_json("java", 17, [])
    assert spec["env"]["PYTORCH_LIBRARY_PATH"] == str(folder / "torch/lib")
    monkeypatch.setattr(torch_library, "driver", lambda: None)
    assert "PYTORCH_LIBRARY_PATH" not in kernelspec.kernel_json("java", 17, [])["env"]
    monkeypatch.setattr(torch_library, "driver", lambda: H200)
    monkeypatch.setenv("PYTORCH_LIBRARY_PATH", "/somewhere/else")  # which the kernel inherits
    assert "PYTORCH_LIBRARY_PATH" not in kernelspec.kernel_json("java", 17, [])["env"]


def test_versions_are_the_same_everywhere():
    java = (REPOSITORY / "magics/src/main/java/ffmerge/torch/TorchLibrary.java").read_text(encoding="utf-8")
    assert tuple(re.findall(r'"(2\.\d+\.\d+)"', java)) == torch_library.RUNS_ON
    pom = (REPOSITORY / "pom.xml").read_text(encoding="utf-8")
    assert re.search(r"<djl.pytorch.version>(.*?)</", pom)[1] in torch_library.RUNS_ON
    pinned = (REPOSITORY / "environment/requirements-gpu.txt").read_text(encoding="utf-8")
    assert re.search(r"^torch==(.*)$", pinned, re.MULTILINE)[1] in torch_library.RUNS_ON
