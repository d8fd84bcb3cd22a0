"""What a mutation run does inside of each Python process: it records which functions are reached, or changes one.

Both by environment variables, which reach subprocesses and forks: MUTATION_MAP names a folder that takes the functions
reached by each test; MUTATION_STATE names a folder in which `active.json` says which mutant is active, if any. A
process that starts reads the mutant's source in place of the module's; one that is forked gives the mutant's code to
the function that was imported before the fork. So a warm process serves every mutant, and none costs a call's time.

Imported when Python starts, and therefore without anything that takes time to import.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any, SupportsIndex

MAP, STATE, TEST = "MUTATION_MAP", "MUTATION_STATE", "MUTATION_TEST"
OURS = ("gate", "fixtures", "tests_suite")
NOT_REWRITTEN = "PYTEST_DONT_REWRITE"  # pytest's word for a module whose assertions stay as they are


def install() -> None:
    """Do what the environment asks for; nothing, usually."""
    if folder := os.environ.get(MAP):
        setattr(builtins, "mutation_reached", _recorder(folder))  # noqa: B010  # no attribute that mypy knows
    if folder := os.environ.get(STATE):
        sys.meta_path = _First(sys.meta_path)
        os.register_at_fork(before=_look_around, after_in_child=lambda: activate(os.environ.get(STATE, folder)))
        activate(folder)


def _recorder(folder: str) -> Callable[[int], None]:
    """A function that notes, for each test and each function, that the one has reached the other."""
    known: set[tuple[int, str, str]] = set()
    state: dict[str, Any] = {"pid": 0, "test": None}

    def reached(number: int) -> None:
        test = os.environ.get(TEST, "")
        inner = os.environ.get("PYTEST_CURRENT_TEST", "")
        if (number, test, inner) in known and state["pid"] == os.getpid():
            return
        if state["pid"] != os.getpid():
            known.clear()
            path = os.path.join(folder, f"{os.getpid()}-{os.urandom(4).hex()}.reached")
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            state.update(pid=os.getpid(), test=None, file=os.open(path, flags, 0o600))
        known.add((number, test, inner))
        if state["test"] != (test, inner):
            state["test"] = (test, inner)
            os.write(state["file"], f"{test}\t{inner}\n".encode("utf-8", "replace"))
        os.write(state["file"], b"%d\n" % number)

    return reached


class _First(list[Any]):
    """The finders of modules, of which ours stays the first, whatever others put before it."""

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Insert, but behind the finder of the mutant."""
        first = self[:1]
        after = index.__index__() == 0 and bool(first) and isinstance(first[0], _Finder)
        super().insert(1 if after else index, value)


class _Loader(SourceFileLoader):
    """Loads the mutant's source as if it stood in the module's file."""

    source: str

    def get_code(self, fullname: str) -> CodeType:
        """The mutant's code."""
        with open(self.source, encoding="utf-8", newline="") as file:
            return compile(file.read(), self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        """Execute it, and ask pytest not to mind that it did not rewrite the assertions."""
        super().exec_module(module)
        if "_pytest" in sys.modules:
            module.__doc__ = f"{module.__doc__ or ''} {NOT_REWRITTEN}"


class _Finder:
    """Finds the one module that is changed."""

    def __init__(self, mutant: dict[str, Any]) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """The module's own place, with a loader that reads the mutant."""
        if name != self.mutant["module"]:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin is not None:
            loader = _Loader(name, spec.origin)
            loader.source = self.mutant["source"]
            spec.loader = loader
        return spec


def activate(folder: str) -> None:
    """Let the active mutant take effect in this process."""
    path = os.path.join(folder, "active.json")
    if not os.path.exists(path):
        return
    import json

    with open(path, encoding="utf-8") as file:
        mutant = json.load(file)
    module = sys.modules.get(mutant["module"])
    if module is None:
        sys.meta_path.insert(0, _Finder(mutant))
    else:
        try:
            swapped = swap(mutant)
        except (SyntaxError, ValueError, NameError, TypeError):  # of the mutant; the run says so
            swapped = False
        if not swapped:
            with open(os.path.join(folder, "not-swapped"), "w", encoding="utf-8") as file:
                file.write(mutant["module"])


_FUNCTIONS: dict[tuple[str, int], list[FunctionType]] = {}  # by name and first line
_CACHES: list[Any] = []
_MODULES: set[str] = set()


def _look_around() -> None:
    """Before a fork: find our functions and caches among all objects, if modules have come since it was last done.

    It is not left to the fork, where a look at every object would copy most of the memory.
    """
    own = {name for name in sys.modules if name.partition(".")[0] in OURS}
    if own == _MODULES:
        return
    import functools
    import gc

    _FUNCTIONS.clear()
    _CACHES.clear()
    _MODULES.update(own)
    gc.unfreeze()
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper) and _is_ours(thing):
            _CACHES.append(thing)
        elif type(thing) is FunctionType and _is_ours(thing):
            key = (thing.__code__.co_qualname, thing.__code__.co_firstlineno)
            _FUNCTIONS.setdefault(key, []).append(thing)
    gc.freeze()


def swap(mutant: dict[str, Any]) -> bool:
    """Give the mutant's code to every function made of the original's, and forget what is cached. False if none."""
    name, line = mutant["function"], mutant["line_of_function"]
    with open(mutant["source"], encoding="utf-8", newline="") as file:
        code = _find(compile(file.read(), mutant["path"], "exec", dont_inherit=True), name, line)
    changed = False
    for function in _FUNCTIONS.get((name, line), []):
        if function.__code__.co_filename.endswith(mutant["path"]):
            changed = _give(function, code, mutant.get("defaults")) or changed
    forget()
    return changed


def forget() -> None:
    """Empty every cache that was found before the fork."""
    for cache in _CACHES:
        cache.cache_clear()


def _give(function: FunctionType, code: CodeType | None, defaults: str | None) -> bool:
    if code is None or code.co_freevars != function.__code__.co_freevars:
        return False
    filename = function.__code__.co_filename
    function.__code__ = code.replace(co_filename=filename)
    if defaults is not None:
        changed: FunctionType = eval(defaults, function.__globals__)  # a lambda with the same parameters
        function.__defaults__, function.__kwdefaults__ = changed.__defaults__, changed.__kwdefaults__
    return True


def _is_ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] in OURS


def _find(code: CodeType, name: str, line: int) -> CodeType | None:
    """The code of a function within that of its module."""
    pending: list[Iterable[Any]] = [code.co_consts]
    while pending:
        for constant in pending.pop():
            if isinstance(constant, CodeType):
                if constant.co_qualname == name and constant.co_firstlineno == line:
                    return constant
                pending.append(constant.co_consts)
    return None
