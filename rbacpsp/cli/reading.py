"""Reads the files that a command evaluates; unreadable ones are an error, or skipped with a warning."""

from collections.abc import Iterable
from io import BytesIO

from msgspec import Struct

from rbacpsp.cli.errors import IncompleteError, InputError, reporting_read_errors, warn
from rbacpsp.decode import Located, ManifestFile
from rbacpsp.decode.unknown_fields import unknown_fields
from rbacpsp.sources import JudgedFiles, read_judged


class FileReading(Struct, frozen=True):
    """How to treat unreadable and empty files."""

    keep_going: bool = False
    allow_empty: bool = False
    strict: bool = False

    def read(self, paths: Iterable[str], stdin: bytes | None = None) -> list[ManifestFile]:
        """The manifests in files and folders; warnings name what is ignored.

        Raises:
            InputError: Something could not be read, or nothing was.
            IncompleteError: Something was skipped, and `--strict` was given.
        """
        return list(self._read(paths, stdin).files)

    def _read(self, paths: Iterable[str], stdin: bytes | None = None) -> JudgedFiles:
        with reporting_read_errors():
            judged = read_judged(
                paths,
                keep_going=self.keep_going,
                allow_empty=self.allow_empty,
                stdin=None if stdin is None else BytesIO(stdin),
            )
        if judged.unread and self.strict:
            raise IncompleteError([*judged.unread, "something could not be read, and --strict was given"])
        for sentence in (*judged.doubtful, *judged.unread):
            warn(sentence)
        return judged

    def files(self, paths: Iterable[str]) -> dict[str, list[Located]]:
        """The objects in each of some files and folders.

        Raises:
            InputError: As `read`.
            IncompleteError: As `read`.
        """
        files_by_path = self._read(dict.fromkeys(paths)).by_path
        for files in files_by_path.values():
            for sentence in unknown_fields(files).sentences:
                warn(sentence)
        return {
            path: [located for file in files for located in file.objects]
            for path, files in files_by_path.items()
        }

    def wrong(self, sentence: str) -> None:
        """Skip an object that cannot be evaluated, with a warning.

        Raises:
            InputError: `--keep-going` was not given.
            IncompleteError: `--strict` was given.
        """
        if not self.keep_going:
            raise InputError([sentence])
        if self.strict:
            raise IncompleteError([sentence, "something could not be judged, and --strict was given"])
        warn(f"skipped: {sentence}")
