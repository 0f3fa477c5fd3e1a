"""How much weights matter, in numpy by the definitions, for the scripts beside this one."""

import numpy as np


def score(method, weight, x):
    """weight [out, in], x [rows, in]"""
    if method == "magnitude":
        return np.abs(weight)
    if method == "wanda":
        return np.abs(weight) * np.linalg.norm(x, axis=0)
    return 0.5 * np.diag(x.T @ x) * weight**2


def lowest(scores, count):
    """Places of the lowest scores, equal ones by position."""
    return np.argsort(scores, kind="stable")[:count]
