"""The program: `rbacpsp`, or `python -m rbacpsp`."""

import gc
import os
import sys

HELP = os.path.join(os.path.dirname(__file__), "cli", "help.txt")  # noqa: PTH118, PTH120 - pathlib takes longer
"""What `rbacpsp --help` prints; `python -m tests.docs.commands` writes it, and a test checks it."""

NEW_OBJECTS = 1_000_000
"""The number of new objects after which Python searches for cycles; imports and decoding make none.

The search takes a twentieth of a short command, and for 100,000 bindings as long as an answer.
"""


def main() -> None:
    """Run the program; its help is printed at once, before anything is imported."""
    if sys.argv[1:] in (["--help"], ["-h"]):
        with open(HELP, encoding="utf-8") as text:  # noqa: PTH123 - as above
            sys.stdout.write(text.read())
        return
    if "_RBACPSP_COMPLETE" in os.environ:
        from rbacpsp.completing.shells import complete

        complete()
        return
    gc.set_threshold(NEW_OBJECTS)
    try:
        from rbacpsp.cli import main as program

        program()
    except SystemExit as end:
        if "pyarrow" in sys.modules:
            end_at_once(end.code)
        raise
    except KeyboardInterrupt:  # while modules are imported; the command line handles later ones
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    finally:
        gc.freeze()  # Python would look for cycles in the whole cluster once more when it exits


def end_at_once(code: object) -> None:
    """End the program with a number as its exit code, without waiting for threads.

    Threads of pyarrow can abort a program that ends in the usual way, although it has done all its work.
    """
    import atexit

    if code is None or isinstance(code, int):
        atexit._run_exitfuncs()  # noqa: SLF001 - what removes temporary files runs all the same
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):  # nobody reads it any more, or it is closed
                continue
        os._exit(code or 0)


if __name__ == "__main__":
    main()
