"""The command line of a benchmark: what its module says of itself, under the name by which it is called."""

from __future__ import annotations

import argparse


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the docstring of the benchmark's module, as it is written."""
    return argparse.ArgumentParser(
        prog=f"python -m tests_suite.benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
