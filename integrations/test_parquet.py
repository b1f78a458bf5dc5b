"""The Parquet file as other programs see it: Arrow, DuckDB, Polars."""

import collections
import datetime
import pathlib
import runpy
import subprocess

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
from conftest import PROGRAM

HERE = pathlib.Path(__file__).parent


def counted(findings):
    """(theme, polarity) to how many sentences, as the examples count."""
    pairs = [(theme, f["polarity"]) for f in findings if not f["boilerplate"] for theme in f["themes"]]
    return [(*pair, count) for pair, count in sorted(collections.Counter(pairs).items())]


def test_arrow_reads_the_same_findings_with_their_types(folder, findings):
    table = pq.read_table(folder / "findings.parquet")
    assert table.schema.field("themes").type.value_type == pa.string()
    assert table.schema.field("theme_scores").type.value_type == pa.float64()
    assert [table.schema.field(name).type for name in ("published", "page", "start", "needs_review")] == [
        pa.date32(), pa.int32(), pa.int64(), pa.bool_(),
    ]
    metadata = table.schema.metadata
    model = metadata[b"lettermark.model"] + b"-" + metadata[b"lettermark.model_hash"]
    assert {model.decode()} == {f["model"] for f in findings}
    date = lambda text: text and datetime.date.fromisoformat(text)
    dated = [f | {name: date(f[name]) for name in ("published", "inspected")} for f in findings]
    assert len(findings) > 100 and table.to_pylist() == dated


def test_duckdb_reads_it_in_three_lines(folder, findings, monkeypatch):
    monkeypatch.chdir(folder)
    assert duckdb.sql((HERE / "duckdb.sql").read_text()).fetchall() == counted(findings)


def test_polars_reads_it_in_three_lines(folder, findings, monkeypatch):
    monkeypatch.chdir(folder)
    counts = runpy.run_path(str(HERE / "polars_counts.py"))["counts"]
    assert counts.rows() == counted(findings)


def test_what_each_of_them_writes_is_read(folder, tmp_path):
    rows = [("a.pdf", 3, "Plans are late."), ("a.pdf", None, "Leaders know their area."), ("b.pdf", 1, "Plans are late.")]
    frame = polars.DataFrame(rows, schema=["letter", "page", "sentence"], orient="row")
    frame.write_csv(tmp_path / "plain.csv")
    frame.write_parquet(tmp_path / "polars.parquet")
    duckdb.sql(f"COPY frame TO '{tmp_path}/duckdb.parquet'")
    categories = frame.to_arrow().set_column(0, "letter", frame.to_arrow()["letter"].cast(pa.large_string()).dictionary_encode())
    for compression in ("snappy", "gzip", "zstd", "lz4", "none"):
        pq.write_table(categories, tmp_path / f"arrow-{compression}.parquet", compression=compression)
    found = {
        path.name: subprocess.run([PROGRAM, "classify", "-q", path], check=True, capture_output=True).stdout
        for path in tmp_path.iterdir()
    }
    assert len(found) == 8
    assert {name for name, out in found.items() if out != found["plain.csv"]} == set()
