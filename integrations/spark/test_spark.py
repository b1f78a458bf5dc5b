"""The Spark module on a real cluster of two worker processes (`local-cluster`), against one run of the plain command.

LETTERMARK names the program. SENTENCES (default 1,000) says how many sentences are judged: those of Kingston and Croydon
that are committed, each made different by a number.
"""

import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import lettermark_spark
from lettermark_spark import FINDINGS, LettermarkError, judged, with_findings

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("LETTERMARK", str(ROOT / "target/release/lettermark"))
SENTENCES = int(os.environ.get("SENTENCES", "1000"))
#: Enough that every worker has several, and that some are done when others have not begun.
PARTITIONS = 8


def sentences():
    """(id, sentence, previous, heading), each sentence with a number behind it that makes it different."""
    rows = []
    for place in ("kingston", "croydon"):
        with open(ROOT / f"datasets/labels/{place}.csv", encoding="utf-8-sig", newline="") as file:
            rows += [(r["sentence"], r.get("previous") or None, r.get("heading") or None) for r in csv.DictReader(file)]
    return [(i, f"{rows[i % len(rows)][0]} ({i})", *rows[i % len(rows)][1:]) for i in range(SENTENCES)]


ROWS = sentences()
COLUMNS = "id long, sentence string, previous string, heading string"


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """By id, what one run of the plain command says of each sentence."""
    folder = tmp_path_factory.mktemp("plain")
    with open(folder / "sentences.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["letter", "sentence", "previous", "heading"])
        writer.writerows(ROWS)
    began = time.monotonic()
    out = folder / "findings.jsonl"
    subprocess.run([PROGRAM, "classify", "-q", folder / "sentences.csv", "-o", out], check=True)
    print(f"\nplain command: {len(ROWS) / (time.monotonic() - began):.0f} sentences a second")
    with open(out, encoding="utf-8") as file:
        return {int(f["letter"]): tuple(f[name] for name in FINDINGS.names) for f in map(json.loads, file)}


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    os.environ["PYSPARK_PYTHON"] = sys.executable
    folder = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .appName("lettermark")
        .config("spark.files", PROGRAM)
        .config("spark.submit.pyFiles", lettermark_spark.__file__)
        .config("spark.executorEnv.PYTHONPATH", os.path.dirname(lettermark_spark.__file__))
        .config("spark.task.cpus", "1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "500")
        .config("spark.local.dir", str(folder))
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def frame(spark):
    return spark.createDataFrame(ROWS, COLUMNS).repartition(PARTITIONS, "id")


def collected(frame):
    """By id, what came out."""
    rows = with_findings(frame, os.path.basename(PROGRAM)).collect()
    found = {row["id"]: tuple(row[name] for name in FINDINGS.names) for row in rows}
    assert len(rows) == len(found), "an id came out twice"
    return found


def executors(spark):
    """Process ids of this application's workers."""
    wanted = ("CoarseGrainedExecutorBackend", spark.sparkContext.applicationId)
    return processes(lambda command: command[0].endswith("java") and all(any(w in c for c in command) for w in wanted))


def programs():
    """Process ids of every lettermark that a task has started."""
    return processes(lambda command: os.path.basename(command[0]) == os.path.basename(PROGRAM) and "--ipc" in command)


def processes(wanted):
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = pathlib.Path("/proc", entry, "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if command[0] and wanted(command):
            found.append(int(entry))
    return found


def wait_until(what, seconds=300):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
    return found


def test_two_workers_find_what_one_run_finds(spark, plain):
    frame(spark).limit(1).count()
    began = time.monotonic()
    found = collected(frame(spark))
    print(f"\ntwo workers: {len(ROWS) / (time.monotonic() - began):.0f} sentences a second")
    assert len(found) == len(ROWS)
    assert found == plain


def test_one_worker_killed_in_the_middle_changes_nothing(spark, plain):
    result = {}
    spark.sparkContext.setJobGroup("killed", "a worker is killed")
    work = threading.Thread(target=lambda: result.update(found=collected(frame(spark))))
    before = set(executors(spark))
    assert len(before) == 2, before
    work.start()
    wait_until(programs)
    time.sleep(min(5, len(ROWS) / 4_000))
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    work.join()
    assert set(executors(spark)) != before, "another worker took its place"
    assert result["found"] == plain


def test_a_cancelled_job_leaves_no_program_behind(spark):
    context = spark.sparkContext
    failed = []

    def run():
        context.setJobGroup("cancelled", "it is cancelled", interruptOnCancel=True)
        try:
            collected(frame(spark))
        except Exception as error:
            failed.append(error)

    work = threading.Thread(target=run)
    work.start()
    wait_until(programs)
    time.sleep(0.5)
    context.cancelJobGroup("cancelled")
    context.cancelAllJobs()
    work.join()
    assert failed, "the job was done before it was cancelled"
    wait_until(lambda: not programs(), seconds=60)


def test_other_columns_go_through_and_null_sentences_have_null_findings(spark):
    frame = spark.createDataFrame([(1, None), (2, "Plans are late.")], "id int, sentence string").select(
        "*",
        F.lit("2018-10-23").cast("timestamp").alias("seen"),
        F.lit("1.50").cast("decimal(9,2)").alias("price"),
        F.array(F.lit(1), F.lit(2)).alias("list"),
        F.create_map(F.lit("k"), F.lit(3)).alias("map"),
        F.struct(F.lit(True).alias("yes")).alias("struct"),
        F.lit("strength").alias("polarity"),
    )
    with pytest.raises(Exception, match="has a column \"polarity\" already"):
        with_findings(frame, os.path.basename(PROGRAM)).collect()
    with_prefix = with_findings(frame, os.path.basename(PROGRAM), prefix="lm_").orderBy("id")
    rows = with_prefix.collect()
    assert with_prefix.columns == frame.columns + ["lm_" + name for name in FINDINGS.names]
    for row, sent in zip(rows, frame.orderBy("id").collect()):
        assert row[: len(frame.columns)] == tuple(sent)
    assert all(rows[0]["lm_" + name] is None for name in FINDINGS.names)
    assert rows[1]["lm_polarity"] in ("strength", "weakness", "mixed", "neutral")


def test_no_program_on_the_node_is_said(spark):
    frame = spark.createDataFrame([("Good.",)], "sentence string")
    with pytest.raises(Exception, match="ship the program with --files nosuch"):
        with_findings(frame, "nosuch").collect()


# Without Spark: one task by itself.

BATCH = pa.record_batch({"sentence": ["Plans are late."]})


def test_no_batch_starts_no_program():
    assert list(judged(iter([]), ["/no/such/program"])) == []


def test_an_exit_code_is_an_error_with_stderr():
    with pytest.raises(LettermarkError, match="exit code 1: .*no column \"sentence\""):
        list(judged(iter([pa.record_batch({"text": ["Plans are late."]})]), [PROGRAM, "classify", "--ipc"]))


def test_a_program_that_dies_is_an_error():
    with pytest.raises(LettermarkError, match="signal 9"):
        list(judged(iter([BATCH]), ["/bin/sh", "-c", "kill -9 $$"]))


def test_rows_that_are_lost_are_an_error():
    loses = "import pyarrow as pa, sys\nr = pa.ipc.open_stream(sys.stdin.buffer)\nlist(r)\npa.ipc.new_stream(sys.stdout.buffer, r.schema).close()"
    with pytest.raises(LettermarkError, match="1 rows went into .* and 0 came out"):
        list(judged(iter([BATCH]), [sys.executable, "-c", loses]))


def test_what_the_batches_raise_is_raised_and_the_program_ends():
    def batches():
        yield BATCH
        raise ValueError("the source broke")

    before = programs()
    with pytest.raises(ValueError, match="the source broke"):
        list(judged(batches(), [PROGRAM, "classify", "--ipc"]))
    assert programs() == before


def test_who_stops_reading_ends_the_program():
    before = programs()
    found = judged(iter([BATCH] * 3), [PROGRAM, "classify", "--ipc"])
    assert next(found).num_rows == 1
    found.close()
    assert programs() == before
