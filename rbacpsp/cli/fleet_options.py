"""The options of every `fleet` command, and the run that they describe."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import INCOMPLETE, NO, InputError, note, warn
from rbacpsp.cli.gates import text_of
from rbacpsp.cli.output import Output, format_option
from rbacpsp.cli.reading_options import duplicates_option, keep_going_option
from rbacpsp.cli.version_option import version_of

if TYPE_CHECKING:
    from rbacpsp.fleet.question import Question
    from rbacpsp.fleet.task import Limits, ReadingOptions

Decorated = Callable[..., Any]

_SIZE = re.compile(r"([1-9][0-9]*)(MiB|GiB)")
_MOST_SECONDS = 1_000_000
_MOST_MEMORY = 1 << 50
_FORMATS = ("table", "wide", "json", "yaml", "csv", "markdown")


@dataclass(frozen=True, slots=True)
class Fleet:
    """The options of a `fleet` command."""

    sources: tuple[str, ...]
    results: str
    run: str | None
    engine: str
    workers: int
    scheduler: str | None
    limits: "Limits"
    names: str | None
    reading: "ReadingOptions"
    output: Output

    def ask(
        self,
        question: "Question",
        failed: Callable[[str | None], bool] = lambda _: False,
        *,
        gate: bool = False,
    ) -> int:
        """Ask the question of every cluster, show the status of each cluster, and return the exit code.

        Args:
            question: The question.
            failed: Whether the worst answer of a cluster makes the command exit with 1.
            gate: Whether the question decides something, so that a cluster has to answer it.

        Raises:
            InputError: The run cannot start or continue, or no cluster answers a gate; one line says why.
        """
        from rbacpsp.cli.fleet_progress import FleetProgress
        from rbacpsp.fleet.errors import FleetError
        from rbacpsp.fleet.stores import StoreError

        try:
            with FleetProgress() as progress:
                rows = self._rows(question, progress)
        except (FleetError, StoreError) as error:
            raise InputError([str(error)]) from None
        from rbacpsp.cli.fleet_output import fleet_answer

        self.output.show(fleet_answer(rows, self.results))
        statuses = {row["status"] for row in rows}
        from rbacpsp.fleet.question import NO_ANSWER
        from rbacpsp.fleet.task import READ

        unanswered = sum(row["worst"] == NO_ANSWER for row in rows)
        place = "error of the table answers" if "answers" in question.tables else "reason"
        if unanswered and self.output.readable:
            note(f"{unanswered} of {len(rows)} clusters gave no answer. The column {place} says why.")
        if statuses - READ:
            return INCOMPLETE
        if gate and unanswered == len(rows):
            raise InputError(
                [f"no cluster gave an answer, as the column {place} says: this gate would prove nothing"]
            )
        return NO if any(failed(row["worst"]) for row in rows) else 0

    def _rows(self, question: "Question", progress: Any) -> list[dict[str, Any]]:
        from rbacpsp.fleet.extra import require_extra
        from rbacpsp.fleet.inputs import CONTEXTS, inputs
        from rbacpsp.fleet.naming import read_names, unused_names
        from rbacpsp.fleet.results import Results
        from rbacpsp.fleet.run import FleetCommand, continued_or_new_run, plan_run, run_tasks

        if self.engine == "dask" and any(source.startswith(CONTEXTS) for source in self.sources):
            raise InputError(
                ["contexts: needs --engine local: logins of live clusters never travel to a scheduler"]
            )
        if self.results in {"", "-"}:
            raise InputError([f'-O "{self.results}": name a folder or an address for the tables'])
        if self.scheduler is not None:
            self._refuse_relative()
        require_extra(["pyarrow"])
        engine = self._engine()
        results = Results(self.results)
        names = {} if self.names is None else read_names(self.names, text_of(self.names))
        snapshots = inputs(self.sources, self.results, names)
        if self.names is not None and (doubt := unused_names(self.names, names, snapshots)):
            warn(doubt)
        command = FleetCommand(question, self.sources, names, self.limits, self.reading)
        run, file, continued = continued_or_new_run(results, command, self.run, datetime.now(UTC))
        plan = plan_run(results, command, snapshots, run, file, continued=continued)
        progress.begun(plan)
        rows = run_tasks(plan, engine, lambda: datetime.now(UTC), progress.report_outcome)
        progress.ended(run.address, rows)
        return rows

    def _engine(self) -> Any:
        if self.engine == "dask":
            from rbacpsp.fleet.engines.dask import DaskEngine

            return DaskEngine(self.workers, self.scheduler, note)
        from rbacpsp.fleet.engines.local import LocalEngine

        return LocalEngine(self.workers)

    def _refuse_relative(self) -> None:
        """Refuse addresses that do not mean the same on every machine of a scheduler."""
        from rbacpsp.fleet.stores import is_remote

        for address in (*self.sources, self.results):
            if not is_remote(address) and not os.path.isabs(address):  # noqa: PTH117 - it may be a glob
                raise InputError(
                    [f"{address}: with --scheduler write an address, or an absolute path on every worker"]
                )


def fleet_options(command: Decorated) -> Decorated:
    """Add the sources, -O and the options of a run; the command gets a `fleet`."""

    @click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
    @click.option(
        "-O",
        "--results",
        required=True,
        metavar="RESULTS",
        help="Where tables go: a folder, or an address such as s3://bucket/results/.",
    )
    @click.option(
        "--run",
        metavar="NAME",
        help="Start or continue the run of this name; by default the newest unfinished run of this command, "
        "or a new one.",
    )
    @click.option(
        "--engine",
        type=click.Choice(["local", "dask"]),
        default="local",
        show_default=True,
        help="Where the work runs: in processes of this machine, or on Dask.",
    )
    @click.option(
        "--workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="The number of clusters that are read at the same time; by default one for each processor.",
    )
    @click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="A Dask scheduler, such as tcp://10.0.0.1:8786; by default a local one.",
    )
    @click.option(
        "--timeout",
        type=click.IntRange(min=1, max=_MOST_SECONDS),
        default=120,
        show_default=True,
        metavar="SECONDS",
        help="The most seconds that one cluster may take.",
    )
    @click.option(
        "--memory",
        default="2GiB",
        show_default=True,
        metavar="SIZE",
        callback=_size,
        help="The most memory that one cluster may take, such as 512MiB.",
    )
    @click.option(
        "--names",
        metavar="CSV",
        help="A file with the names of clusters: lines of SOURCE,CLUSTER; by default the names of the files.",
    )
    @keep_going_option
    @duplicates_option
    @click.option(
        "--kubernetes-version",
        metavar="VERSION",
        callback=version_of,
        help="The Kubernetes version to imitate for every cluster; by default the version in each snapshot.",
    )
    @format_option(_FORMATS, "table", "The output format of the status of each cluster.")
    @click.option("--no-headers", is_flag=True, help="Leave out the column headers.")
    @wraps(command)
    def collected(
        *args: Any,
        sources: tuple[str, ...],
        results: str,
        run: str | None,
        engine: str,
        workers: int | None,
        scheduler: str | None,
        timeout: int,
        memory: int,
        names: str | None,
        keep_going: bool,
        duplicates: str,
        kubernetes_version: str | None,
        form: str,
        no_headers: bool,
        **options: Any,
    ) -> Any:
        from rbacpsp.fleet.task import Limits, ReadingOptions

        if scheduler is not None and engine != "dask":
            raise click.UsageError("--scheduler needs --engine dask", click.get_current_context())
        fleet = Fleet(
            sources,
            results,
            run,
            engine,
            workers or _processors(),
            scheduler,
            Limits(timeout, memory),
            names,
            ReadingOptions(keep_going, duplicates, kubernetes_version),
            Output(form, not no_headers),
        )
        return command(*args, fleet=fleet, **options)

    return collected


def reaches(worst: str | None, threshold: str | None) -> bool:
    """Whether the worst severity of a cluster is at least that of `--fail-on`."""
    from rbacpsp.audit import Severity
    from rbacpsp.fleet.question import NO_ANSWER

    if not worst or not threshold or worst == NO_ANSWER:
        return False
    return Severity(worst).reaches(Severity(threshold))


def _processors() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _size(_context: click.Context, _parameter: click.Parameter, text: str) -> int:
    match = _SIZE.fullmatch(text)
    if not match:
        raise click.BadParameter(f'"{text}" is not a size: write a number and MiB or GiB, such as 512MiB')
    size = int(match[1]) << (20 if match[2] == "MiB" else 30)
    if size > _MOST_MEMORY:
        raise click.BadParameter(f'"{text}" is more than any machine has: at most {_MOST_MEMORY >> 30}GiB')
    return size
