"""Long work on many objects, without the cyclic garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Let the cyclic garbage collector rest: over a large cluster it costs more than the work itself.

    Nothing here makes cycles, so that it would find nothing; what is not needed any more is freed as ever.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
