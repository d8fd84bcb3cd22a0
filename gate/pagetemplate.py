"""The pages' templates, compiled once for all runs: compiling takes as long as all else that a page takes."""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

FOLDER = Path(__file__).parent


class Compiled(BytecodeCache):
    """Compiled templates in a folder such as Python's own `__pycache__`, with the same trust in what lies there.

    What cannot be read or written, or is of another Python or template, is compiled anew: a run never fails over it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, or leave it as it is."""
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError, pickle.UnpicklingError):
            bucket.bytecode_from_string(self._path(bucket).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next run; a reader sees all of it or nothing."""
        if sys.dont_write_bytecode:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(bucket.bytecode_to_string())
                os.replace(name, self._path(bucket))
            except OSError:
                os.unlink(name)
                raise

    def _path(self, bucket: Bucket) -> Path:
        # What Jinja checks itself is the source and the Python, not which Jinja has compiled it.
        return self.folder / f"{bucket.key}.{sys.implementation.cache_tag}-{version('jinja2')}.jinja"


@functools.cache
def template(name: str) -> jinja2.Template:
    """A template of this package, by the name of its file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=Compiled(FOLDER / "__pycache__"),
    )
    return environment.get_template(name)
