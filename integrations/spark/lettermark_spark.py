"""lettermark in Apache Spark: sentences in, findings out, on every core of a cluster.

    from lettermark_spark import with_findings
    with_findings(sentences).write.parquet("findings")

`sentences` is a DataFrame with a string column `sentence` and, where known, `previous` and `heading`. Every other column
goes through untouched, ids too. What is appended is in `FINDINGS`; a null or blank sentence has null findings.

Each task runs one `lettermark classify --ipc`, writes Arrow batches into it from a thread and reads them back with findings.
The program has to be on every node: ship it with `--files`, or name a path (see README.md beside this file).
"""

import ctypes
import itertools
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from typing import Iterator, Optional, Sequence

import pyarrow as pa
from pyspark import SparkFiles, TaskContext
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, BooleanType, DoubleType, StringType, StructField, StructType

#: The columns that are appended, in order.
FINDINGS = StructType(
    [
        StructField("polarity", StringType()),
        StructField("polarity_score", DoubleType()),
        StructField("themes", ArrayType(StringType(), False)),
        StructField("theme_scores", ArrayType(DoubleType(), False)),
        StructField("needs_review", BooleanType()),
        StructField("truncated", BooleanType()),
        StructField("model", StringType()),
    ]
)

#: How much of the program's stderr an error repeats, in bytes.
_SHOWN = 4_000


class LettermarkError(RuntimeError):
    """The program could not judge a partition; the message holds its exit code and what it wrote on stderr."""


def with_findings(
    sentences: DataFrame,
    program: str = "lettermark",
    prefix: str = "",
    model: Optional[str] = None,
    arguments: Sequence[str] = (),
) -> DataFrame:
    """`sentences` with the columns of `FINDINGS` behind its own.

    program: the name under which `--files` (or `SparkContext.addFile`) shipped the program, or a path on every node.
    prefix: stands before the names of the appended columns, for a DataFrame that has one of them already.
    model: a folder with a model bundle on every node; the model inside the program otherwise.
    arguments: more arguments for `lettermark classify --ipc`.

    Each task works with `spark.task.cpus` threads.
    """
    appended = [StructField(prefix + field.name, field.dataType) for field in FINDINGS]
    options = [*arguments]
    if prefix:
        options += ["--prefix", prefix]
    if model:
        options += ["--model", model]

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return judged(batches, [_path(program), "classify", "--ipc", "--quiet", "--jobs", str(_cpus()), *options])

    return sentences.mapInArrow(judge, StructType([*sentences.schema.fields, *appended]))


def judged(batches: Iterator[pa.RecordBatch], command: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The batches with findings, by one run of `command`. No batch, no run.

    Raises LettermarkError where the program fails, and whatever `batches` raises. The program does not outlive the
    generator, nor the process that it runs in.
    """
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, preexec_fn=_die_with_parent(os.getpid())
        )
        feeder = _Feeder(process, itertools.chain([first], batches))
        feeder.start()
        rows = 0
        try:
            try:
                with pa.ipc.open_stream(process.stdout) as reader:
                    for batch in reader:
                        rows += batch.num_rows
                        yield batch
            except (pa.ArrowInvalid, OSError):
                # The stream was cut; the exit code and stderr say why.
                if process.wait() == 0:
                    raise
            code = process.wait()
            if feeder.error is not None:
                raise feeder.error
            if code != 0:
                raise LettermarkError(f"{command[0]} ended with {_named(code)}: {_tail(stderr)}")
            feeder.join()
            if rows != feeder.rows:
                raise LettermarkError(f"{feeder.rows} rows went into {command[0]}, and {rows} came out")
        finally:
            # The feeder is not waited for: it may wait for a batch that never comes.
            process.kill()
            process.wait()
            process.stdout.close()


class _Feeder(threading.Thread):
    """Writes batches into the program, so that it can be read at the same time."""

    def __init__(self, process: subprocess.Popen, batches: Iterator[pa.RecordBatch]):
        super().__init__(name="lettermark-feeder", daemon=True)
        self.process, self.batches = process, batches
        self.rows = 0
        #: What `batches` raised.
        self.error: Optional[BaseException] = None

    def run(self):
        writer = None
        try:
            for batch in self.batches:
                if writer is None:
                    writer = pa.ipc.new_stream(self.process.stdin, batch.schema)
                if not self._written(writer.write_batch, batch) or not self._written(self.process.stdin.flush):
                    return
                self.rows += batch.num_rows
            self._written(writer.close)
        except BaseException as error:
            # The writer is not closed: its end mark would say that these were all batches.
            self.error = error
            self.process.kill()
        finally:
            try:
                self.process.stdin.close()
            except OSError:
                pass

    @staticmethod
    def _written(write, *arguments) -> bool:
        """Whether the program took it. One that has ended does not; its exit code says why."""
        try:
            write(*arguments)
        except (BrokenPipeError, pa.ArrowException, OSError):
            return False
        return True


def _path(program: str) -> str:
    """The program on this node, ready to run."""
    path = program if os.path.isabs(program) else SparkFiles.get(program)
    if not os.path.isfile(path):
        raise LettermarkError(f"there is no {path} on this node: ship the program with --files {program}")
    if not os.access(path, os.X_OK):
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return path


def _cpus() -> int:
    context = TaskContext.get()
    return context.cpus() if context else 1


def _die_with_parent(parent: int):
    """What the child calls before the program: it asks to be killed when Spark kills the worker that started it."""
    if not sys.platform.startswith("linux"):
        # Elsewhere the program ends when it finds its input cut off, after the batch in hand.
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask():
        prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _named(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _tail(stderr) -> str:
    end = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, end - _SHOWN))
    return stderr.read().decode("utf-8", "replace").strip() or "it wrote nothing on stderr"
