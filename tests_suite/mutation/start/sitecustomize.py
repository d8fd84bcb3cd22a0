"""Read by every Python process of a mutation run when it starts, because this folder is on its PYTHONPATH."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("mutation_hook", Path(__file__).parents[1] / "hook.py")
if _spec is not None and _spec.loader is not None:
    _hook = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_hook)
    _hook.install()
