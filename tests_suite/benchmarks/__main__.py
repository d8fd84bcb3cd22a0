"""What benchmarks there are: `python -m tests_suite.benchmarks`."""

from __future__ import annotations

import ast
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent


def benchmarks() -> Iterator[tuple[str, str]]:
    """Name and first line of every module here that can be started by hand."""
    for module in pkgutil.iter_modules([str(FOLDER)]):
        file = FOLDER / module.name / "__main__.py" if module.ispkg else FOLDER / f"{module.name}.py"
        text = file.read_text(encoding="utf-8")
        if module.name != "__main__" and "parser_of(" in text:
            yield module.name, (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def main() -> int:
    """List them."""
    print("usage: python -m tests_suite.benchmarks.NAME [--help]\n")
    for name, line in benchmarks():
        print(f"  {name:14} {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
