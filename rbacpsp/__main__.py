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


DEFECT = 2
"""The exit code after a traceback; Python's own would mean the answer "no"."""


class _Program:
    """Runs a block as the program: Ctrl-C ends it with one line, also while modules are imported."""

    def __enter__(self) -> None:
        gc.set_threshold(NEW_OBJECTS)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        cause = error
        while cause and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__cause__  # while a class is created, Python 3.11 raises a RuntimeError from it
        if cause:  # the command line handles later ones
            try:
                sys.stderr.write("interrupted\n")
            except (AttributeError, OSError):  # it is closed, or nobody reads it
                end_at_once(130)
            sys.exit(130)
        if isinstance(error, SystemExit):
            end_at_once(error.code)
        elif error is not None:
            sys.excepthook(type(error), error, error.__traceback__)
            end_at_once(DEFECT)


def main() -> None:
    """Run the program; its help is printed at once, before anything is imported."""
    with _Program():
        if sys.argv[1:] in (["--help"], ["-h"]) and _print_help():
            return
        if "_RBACPSP_COMPLETE" in os.environ and len(sys.argv) == 1:
            from rbacpsp.completing.shells import answer

            _written(answer().encode(errors="surrogateescape"))
            return
        from rbacpsp.cli import main as program

        program()


def _print_help() -> bool:
    """Print the help; False where it cannot be written, which the command line says in its own words."""
    with open(HELP, "rb") as file:  # noqa: PTH123 - as above
        return _written(file.read())


def _written(text: bytes) -> bool:
    """Write to stdout without a buffer, which would keep what cannot be written; whether it was possible."""
    try:
        while text:
            text = text[os.write(sys.stdout.fileno(), text) :]
    except (AttributeError, OSError):  # Python has no stdout where the shell closed it
        return False
    return True


def plugin() -> None:
    """Run the program as `kubectl rbacpsp`."""
    with _Program():
        from rbacpsp.cli.plugin import main as program

        program()


def plugin_completion() -> None:
    """Print the choices for the last word of a command line, as kubectl asks its plugins for them."""
    with _Program():
        from rbacpsp.cli.plugin import answer

        _written(answer().encode(errors="surrogateescape"))


def end_at_once(code: object) -> None:
    """End the program with a number as its exit code, without waiting for threads or freeing memory.

    Freeing every object of a large cluster takes long and gains nothing. Threads of pyarrow can abort a
    program that ends in the usual way, although it has done all its work.
    """
    import atexit

    if code is None or isinstance(code, int):
        atexit._run_exitfuncs()  # noqa: SLF001 - what removes temporary files runs all the same
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):  # nobody reads it any more, or it is closed
                continue
        os._exit(code or 0)


if __name__ == "__main__":
    main()
