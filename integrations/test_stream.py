"""`lettermark classify --ipc` driven by another implementation of Arrow: what goes in comes out, with findings behind it."""

import datetime
import decimal
import io
import subprocess

import pyarrow as pa
from conftest import PROGRAM

FINDINGS = ["polarity", "polarity_score", "themes", "theme_scores", "needs_review", "truncated", "model"]


def stream(batches, options=None):
    out = io.BytesIO()
    with pa.ipc.new_stream(out, batches[0].schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return out.getvalue()


def run(data, *arguments):
    return subprocess.run([PROGRAM, "classify", "--ipc", *arguments], input=data, capture_output=True)


def test_columns_of_every_type_go_through_untouched():
    sentences = ["Plans are late.", None, "Leaders know their area well."]
    columns = {
        "id": pa.array([2**60, None, -1]),
        "sentence": pa.array(sentences),
        "name": pa.array(["a", "b", None]).dictionary_encode(),
        "seen": pa.array([datetime.datetime(2018, 10, 23, 12, 30)] * 3, pa.timestamp("us", "Europe/London")),
        "day": pa.array([datetime.date(2018, 10, 23), None, None]),
        "price": pa.array([decimal.Decimal("1.50"), None, None], pa.decimal128(9, 2)),
        "list": pa.array([[1, 2], [], None]),
        "struct": pa.array([{"a": 1, "b": ["x"]}, None, {"a": None, "b": None}]),
        "map": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
        "bytes": pa.array([b"\x00\xff", None, b""]),
        "view": pa.array(["a text that is longer than a view holds", None, ""], pa.string_view()),
        "fixed": pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2)),
        "null": pa.nulls(3),
        "half": pa.array([1.5, None, 0.25], pa.float16()),
        "runs": pa.RunEndEncodedArray.from_arrays([2, 3], ["x", "y"]),
    }
    schema = pa.record_batch(columns).schema.with_metadata({"owner": "me"})
    batch = pa.record_batch(list(columns.values()), schema=schema)
    done = run(stream([batch, batch.slice(1, 1), batch.slice(0, 0)]))
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode() == "2 of 4 rows in 3 batches were judged\n"
    reader = pa.ipc.open_stream(done.stdout)
    got = list(reader)
    assert [b.num_rows for b in got] == [3, 1, 0]
    assert reader.schema.names == list(columns) + FINDINGS
    assert reader.schema.metadata[b"owner"] == b"me" and b"lettermark.model_hash" in reader.schema.metadata
    for name, column in columns.items():
        assert reader.schema.field(name) == schema.field(name), name
        assert got[0].column(name).equals(column), name
    assert [row.as_py() is None for row in got[0].column("polarity")] == [False, True, False]


def test_answers_come_batch_by_batch():
    process = subprocess.Popen([PROGRAM, "classify", "--ipc", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    batch = pa.record_batch({"sentence": ["Plans are late."]})
    with pa.ipc.new_stream(process.stdin, batch.schema) as writer:
        writer.write_batch(batch)
        process.stdin.flush()
        reader = pa.ipc.open_stream(process.stdout)
        for _ in range(3):
            assert reader.read_next_batch().num_rows == 1
            writer.write_batch(batch)
            process.stdin.flush()
        assert reader.read_next_batch().num_rows == 1
    process.stdin.close()
    assert process.wait() == 0


def test_what_is_wrong_ends_with_one_and_says_what():
    good = stream([pa.record_batch({"sentence": ["Good."]})])
    compressed = stream(
        [pa.record_batch({"sentence": ["Good. " * 1000]})], pa.ipc.IpcWriteOptions(compression="lz4")
    )
    for data, says in [
        (stream([pa.record_batch({"text": ["Good."]})]), 'no column "sentence"; its columns are ["text"]'),
        (stream([pa.record_batch({"sentence": [1]})]), "holds no text"),
        (good[:-9], "was its writer stopped?"),
        (good[:-8], "without its end mark"),
        (b"sentence\nGood.\n", "no Arrow stream"),
        (b"", "empty"),
        (good + good, "one stream at a time"),
        (compressed, "compress"),
    ]:
        done = run(data)
        assert done.returncode == 1 and says in done.stderr.decode(), (says, done)
    assert run(stream([pa.record_batch({"sentence": ["Good."], "model": ["mine"]})]), "--prefix", "lm_").returncode == 0
