"""Writes the .npy files beside it, which MatrixFilesTest reads."""

from pathlib import Path

import numpy

HERE = Path(__file__).parent
VALUES = [[1.0, 0.25, -0.5], [0.125, 2.0, 3.0], [4.0, 5.0, 6.5]]

numpy.save(HERE / "float64.npy", numpy.array(VALUES, dtype="<f8"))
numpy.save(HERE / "float32-by-columns.npy", numpy.asfortranarray(numpy.array(VALUES, dtype="<f4")))
numpy.save(HERE / "oblong.npy", numpy.zeros((2, 3)))
numpy.save(HERE / "big-endian.npy", numpy.array(VALUES, dtype=">f8"))
