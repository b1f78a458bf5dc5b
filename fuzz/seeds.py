#!/usr/bin/env python3
"""Lays out the seeds of the fuzz targets: `fuzz/seeds.py FOLDER` makes FOLDER/TARGET/ for each.

Three kinds: small files made here, the committed real files (Kingston, Croydon, the fixtures) and, only where
LETTERMARK_CORPUS (default ../shared) has them, real reports, which are never committed. `fuzz/seeds.py` alone writes
the small ones to fuzz/seeds/, where `cargo test` finds them. Standard library only, except that Parquet and Arrow are
written where pyarrow is there (fuzz/seeds/ has small ones without it).
"""

import csv
import io
import json
import os
import pathlib
import struct
import sys
import zipfile

try:
    import pyarrow
    import pyarrow.ipc
    import pyarrow.parquet
except ImportError:
    pyarrow = None

ROOT = pathlib.Path(__file__).resolve().parent.parent
BETWEEN = b"\n%%%%\n"


def parts(*contents):
    return BETWEEN.join(part if isinstance(part, bytes) else part.encode() for part in contents)


def docx_parts(path):
    names = ["word/document.xml", "word/styles.xml", "word/numbering.xml", "word/_rels/document.xml.rels"]
    with zipfile.ZipFile(path) as zipped:
        return parts(*(zipped.read(name) if name in zipped.namelist() else b"" for name in names))


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SMALL_DOCX = parts(
    f'<w:document {WORD}><w:body>'
    '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Main findings</w:t></w:r></w:p>'
    '<w:p><w:r><w:t xml:space="preserve">Leaders know the area well. Plans are </w:t></w:r><w:r><w:t>late.</w:t></w:r></w:p>'
    '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>One item</w:t></w:r></w:p>'
    '<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Leaders</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Good</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'
    '<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>kept</w:t><w:br/><w:tab/></w:r></w:ins></w:p>'
    '</w:body></w:document>',
    f'<w:styles {WORD}><w:style w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>'
    '<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style><w:style w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>',
    f'<w:numbering {WORD}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
)

MAP = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /A def\n"
    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n2 beginbfchar\n<0041> <0041>\n<0042> <00660066>\nendbfchar\n"
    "2 beginbfrange\n<0043> <0050> <0043>\n<0060> <0062> [<0061> <0062> <D83DDE00>]\nendbfrange\nendcmap\nend\nend\n"
)
COMPOSITE = (
    "/Subtype /Type0 /BaseFont /A-Bold /Encoding /Identity-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 "
    "/DW 500 /W [65 [600 700] 67 80 550] /FontDescriptor << /Flags 4 /FontWeight 700 >> >>]"
)
SIMPLE = (
    "/Subtype /TrueType /BaseFont /B /FirstChar 32 /Widths [250 300 400] "
    "/Encoding << /BaseEncoding /WinAnsiEncoding /Differences [65 /a /b 70 /eacute] >> /FontDescriptor << /MissingWidth 500 >>"
)
PAGES = {
    "composite": (
        "q 1 0 0 1 50 700 cm BT /F 12 Tf 1 0 0 1 0 0 Tm 14 TL <00410042004300500061> Tj T* [<0041> -250 <0042>] TJ ET Q /X Do",
        COMPOSITE, MAP, "BT /G 10 Tf 50 600 Td (Plans are late.) Tj ET",
    ),
    "simple": (
        "BT /F 11 Tf 72 700 Td (ABC F) Tj 0 -13 TD 2 Tc 1 Tw 90 Tz 3 Ts (more) ' 1 2 (text) \" ET /Artifact << /Type /Pagination >> BDC BT /G 8 Tf (3) Tj ET EMC /X Do /X Do",
        SIMPLE, "", "BT /F 8 Tf 9 9 Td (ABC) Tj ET",
    ),
}
# Forms that draw each other and themselves, turned and grown.
PAGES["forms"] = (
    "q /X Do Q 2 0 0 2 0 0 cm /Y Do", SIMPLE, "", "q 0 1 -1 0 300 0 cm BT /G 10 Tf 50 600 Td (Plans are late.) Tj ET /Y Do Q /X Do",
    "/Matrix [1 0 0 1 20 30] /BBox [0 0 595 842]", "BT /F 9 Tf 9 9 Td (ABC) Tj ET /X Do /Y Do",
)
for n, lines in enumerate([["Main findings", "Leaders know their area. Plans are", "late and weak."], ["1", "\u2022 One", "\u2022 Two"]]):
    shown = "".join(f"({line}) Tj 0 -14 Td ".replace("\u2022", "\\225") for line in lines)
    PAGES[f"lines-{n}"] = (f"BT /G 12 Tf 72 720 Td {shown} ET", SIMPLE, "", "")

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Inspection of Newtown</title><style>p { color: red }</style></head>
<body><nav><ul><li><a href="#">Home</a></li></ul></nav>
<main><h1>Inspection of Newtown&#8217;s services</h1><p>Dear Mr Example</p>
<h2>Main findings</h2><p>Leaders know the <b>area</b> well.<br>Plans are late &amp; weak.</p>
<ul><li>Children wait for:<ul><li>speech therapy</li><li>a diagnosis;</li></ul></li></ul>
<table><tr><th>Judgement</th><th>Grade</th></tr><tr><td>Leaders</td><td>Good</td></tr></table>
<pre>kept   as it is</pre></main><footer>Crown copyright</footer><script>alert("</main>")</script></body></html>
"""

MARKDOWN = (
    "# Findings\n\n* One *item*\n  - two\n\n1. First\n\n| a | b |\n|---|---|\n| Leaders | Good |\n\n> said\n\n```\ncode\n```\n"
)

FINDINGS_CSV = (
    "letter,authority,framework,published,page,start,end,heading,sentence,polarity,polarity_score,themes,theme_scores,"
    "needs_review,boilerplate,truncated,model\r\n"
    'newtown.pdf,Newtown,send_2023,2024-02-29,2,10,61,Main findings,"Parents, carers and ""young people"" are heard.",'
    "strength,0.987,none,0.750,false,false,false,test-0123abcd\r\n"
    "newtown.pdf,,,,,,,,'=1+1,mixed,0.5,ehc_plans;leadership,0.8;0.555,TRUE,true,,test-0123abcd\r\n"
)
FINDINGS_JSONL = (
    '{"letter":"newtown.pdf","authority":null,"framework":"send_2023","published":"2024-02-29","page":2,"start":10,'
    '"end":61,"heading":"","sentence":"\\"Young people\\" are heard.","polarity":"strength","polarity_score":0.987,'
    '"themes":["none"],"theme_scores":[0.75],"needs_review":false,"boilerplate":false,"truncated":false,"model":"t"}\n'
)


def safetensors(tensors):
    header, data = {}, b""
    for name, shape, kind, numbers in tensors:
        packed = struct.pack(f"<{len(numbers)}{'e' if kind == 'F16' else 'f'}", *numbers)
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def bundle():
    """The smallest model that opens: one layer, sixteen columns, seven tokens, two themes."""
    hidden, tokens, positions = 16, 7, 8
    wave = lambda count: [((7 * i) % 13 - 6) / 16 for i in range(count)]
    tensor = lambda name, *shape: (name, list(shape), "F16", wave(shape[0] * (shape[1] if len(shape) > 1 else 1)))
    weights = [
        tensor("embeddings.word_embeddings.weight", tokens, hidden),
        tensor("embeddings.position_embeddings.weight", positions, hidden),
        tensor("embeddings.token_type_embeddings.weight", 2, hidden),
        tensor("embeddings.LayerNorm.weight", hidden),
        tensor("embeddings.LayerNorm.bias", hidden),
    ]
    for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                 "intermediate.dense", "output.dense"]:
        weights.append(tensor(f"encoder.layer.0.{part}.weight", hidden, hidden))
        weights.append(tensor(f"encoder.layer.0.{part}.bias", hidden))
    for part in ["attention.output.LayerNorm", "output.LayerNorm"]:
        weights.append(tensor(f"encoder.layer.0.{part}.weight", hidden))
        weights.append(tensor(f"encoder.layer.0.{part}.bias", hidden))
    heads = [
        ("polarity.weight", [4, hidden], "F32", wave(4 * hidden)), ("polarity.bias", [4], "F32", wave(4)),
        ("themes.weight", [2, hidden], "F32", wave(2 * hidden)), ("themes.bias", [2], "F32", wave(2)),
    ]
    special = lambda i, token: {"id": i, "special": True, "content": token, "single_word": False, "lstrip": False,
                                "rstrip": False, "normalized": False}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [special(0, "[PAD]"), special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                       "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": None,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "plans": 4, "late": 5, "##s": 6}},
    }
    manifest = {
        "format": "lettermark-bundle", "version": 1, "id": "t-0", "name": "t", "code_version": "0.1.0",
        "context": "passage", "dimension": hidden,
        "calibration": {"temperature": 1.0, "thresholds": [0.5, 0.5], "review_cut": 0.7},
        "training": {"method": "", "seed": 1, "settings": [], "inputs": [], "polarities": [], "themes": [], "warnings": []},
        "scores": [{"name": "accuracy", "on": "nothing", "value": 0.5, "interval": [0.4, 0.6], "rows": 1}],
        "files": [{"name": "taxonomy.toml", "bytes": 1, "sha256": ""}],
    }
    config = {"layers": 1, "heads": 2, "hidden": hidden, "intermediate": hidden, "max_tokens": positions,
              "layer_norm_epsilon": 1e-12, "pooled": [1]}
    return parts(json.dumps(manifest), SMALL_TAXONOMY, safetensors(heads), json.dumps(config), json.dumps(tokenizer),
                 safetensors(weights))


SMALL_TAXONOMY = (
    'name = "small"\nversion = "1"\n'
    '[[theme]]\nid = "plans"\nname = "Plans"\ndefinition = "Plans"\naliases = ["ehc"]\n'
    '[[theme]]\nid = "none"\nname = "None"\ndefinition = "No theme"\naliases = []\n'
)


def table(rows):
    """Sentences as an Arrow table; `rows` are dictionaries."""
    column = lambda name: pyarrow.array([row.get(name) or None for row in rows])
    page = pyarrow.array([int(row["page"]) if row.get("page") else None for row in rows], pyarrow.int32())
    return pyarrow.table({name: column(name).cast(pyarrow.string()) for name in ["letter", "heading", "previous", "sentence"]}
                         | {"page": page})


def parquet(rows, **options):
    file = io.BytesIO()
    pyarrow.parquet.write_table(rows, file, **options)
    return file.getvalue()


def stream(batches, **options):
    file = io.BytesIO()
    with pyarrow.ipc.new_stream(file, batches[0].schema, options=pyarrow.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return file.getvalue()


ROWS = [
    {"letter": "a", "heading": "Main findings", "sentence": "Plans are late.", "page": 2},
    {"letter": "a", "previous": "Plans are late.", "sentence": "\u00e9 " + 30 * "late "},
    {"letter": "b", "sentence": "Good."},
]


def columnar(into):
    rows = table(ROWS)
    plain = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    for name, options in {
        "plain": plain, "dictionary": {"compression": "snappy"}, "zstd": {"compression": "zstd", "data_page_version": "2.0"},
        "gzip": {"compression": "gzip", "row_group_size": 2}, "lz4": {"compression": "lz4"},
        "delta": plain | {"column_encoding": {"sentence": "DELTA_BYTE_ARRAY", "letter": "DELTA_LENGTH_BYTE_ARRAY",
                                              "heading": "DELTA_BYTE_ARRAY", "page": "DELTA_BINARY_PACKED"}},
        "checked": plain | {"write_page_checksum": True, "write_page_index": True, "store_schema": False},
    }.items():
        into.put("parquet", name, parquet(rows, **options))
    small = parquet(pyarrow.table({"sentence": ["Late."]}), **plain, store_schema=False)
    into.put("parquet", "small", small)

    batches = rows.combine_chunks().to_batches()
    into.put("stream", "small", stream(pyarrow.table({"sentence": ["Late.", None]}).to_batches()))
    into.put("stream", "batches", stream([batches[0], batches[0].slice(0, 0), batches[0].slice(1)]))
    words = lambda kind: pyarrow.record_batch({"sentence": pyarrow.array(["Late.", None, "Late."]).cast(kind)})
    into.put("stream", "large", stream([words(pyarrow.large_string())]))
    into.put("stream", "views", stream([pyarrow.record_batch(
        {"sentence": pyarrow.array(["Late.", None, "A text of more than twelve bytes."], pyarrow.string_view())})]))
    dictionary = pyarrow.dictionary(pyarrow.int8(), pyarrow.string())
    other = pyarrow.record_batch({"sentence": pyarrow.array(["Good.", "Late."]).cast(dictionary)})
    into.put("stream", "dictionary", stream([words(dictionary), other]))
    into.put("stream", "delta", stream([words(dictionary), pyarrow.record_batch({"sentence": pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0, 1], pyarrow.int8()), pyarrow.array(["Late.", "Good."]))})], emit_dictionary_deltas=True))
    nested = {
        "sentence": pyarrow.array(["Late.", None]), "n": pyarrow.array([None, 1.5]),
        "list": pyarrow.array([[1, None], None], pyarrow.list_(pyarrow.int16())),
        "struct": pyarrow.array([{"a": True, "b": b"x"}, None]),
        "map": pyarrow.array([[("k", 1)], []], pyarrow.map_(pyarrow.string(), pyarrow.int8())),
        "runs": pyarrow.RunEndEncodedArray.from_arrays(pyarrow.array([2], pyarrow.int32()), pyarrow.array(["r"])),
        "union": pyarrow.UnionArray.from_sparse(pyarrow.array([0, 1], pyarrow.int8()), [pyarrow.array([1, 2]), pyarrow.array(["u", "v"])]),
        "dense": pyarrow.UnionArray.from_dense(pyarrow.array([0, 1], pyarrow.int8()), pyarrow.array([0, 0], pyarrow.int32()),
                                               [pyarrow.array([1]), pyarrow.array(["u"])]),
        "fixed": pyarrow.array([[1, 2], None], pyarrow.list_(pyarrow.int8(), 2)),
        "time": pyarrow.array([0, None], pyarrow.timestamp("us", "UTC")), "null": pyarrow.nulls(2),
        "decimal": pyarrow.array([1, None]).cast(pyarrow.decimal128(21, 2)), "lists": pyarrow.array([["a"], []], pyarrow.list_view(pyarrow.string())),
    }
    into.put("stream", "nested", stream([pyarrow.record_batch(nested)]))


class Folder:
    def __init__(self, path):
        self.path = path

    def put(self, target, name, contents):
        folder = self.path / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(contents if isinstance(contents, bytes) else contents.encode())

    def copy(self, target, *paths, most=None):
        for path in paths:
            if most is None or path.stat().st_size <= most:
                self.put(target, path.name, path.read_bytes())


def made(into):
    into.put("text", "markdown", MARKDOWN)
    into.put("sentences", "abbreviations", "Mrs. Smith (see p. 4) said: \"Plans are late.\" It was 3.5 p.m. e.g. so. \u2022 One\n")
    into.put("html", "page", PAGE)
    into.put("docx_parts", "small", SMALL_DOCX)
    for name, page in PAGES.items():
        into.put("pdf_content", name, parts(*page))
    into.put("sentence_csv", "small", "letter;page;heading;previous;sentence\nA;3;Findings;Before.;\"One; two.\"\n;;;;Last.\n")
    into.put("labelled_csv", "small", "sentence,polarity,themes,own\n'=1+1 plans.,weakness,ehc_plans;leadership,x\n")
    into.put("taxonomy", "small", parts(SMALL_TAXONOMY, "ehc"))
    into.put("findings", "csv", FINDINGS_CSV)
    into.put("findings", "jsonl", FINDINGS_JSONL)
    into.put("bundle", "small", bundle())
    if pyarrow:
        columnar(into)


def real(into):
    fixtures = ROOT / "tests/fixtures"
    letters = sorted((ROOT / "datasets/letters").glob("*.txt"))
    into.copy("text", *letters)
    into.copy("sentences", *letters)
    documents = sorted((fixtures / "docx").glob("*.docx"))
    into.copy("docx", *documents)
    for path in documents:
        into.put("docx_parts", path.stem, docx_parts(path))
    into.copy("pdf", *sorted(fixtures.glob("*.pdf")))
    into.copy("sentence_csv", *sorted(fixtures.glob("*.sentences.csv")))
    for path in sorted(fixtures.glob("*.sentences.csv")) if pyarrow else []:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = table(list(csv.DictReader(file)))
        into.put("parquet", path.stem, parquet(rows))
        into.put("stream", path.stem, stream(rows.to_batches(max_chunksize=50)))
    into.copy("labelled_csv", ROOT / "datasets/labels/croydon.csv", fixtures / "labelled/invented.csv")
    into.put("taxonomy", "default", parts((ROOT / "datasets/taxonomy.toml").read_bytes(), "leadership;education"))
    corpus = pathlib.Path(os.environ.get("LETTERMARK_CORPUS", ROOT.parent / "shared")) / "corpus/pdf"
    if corpus.is_dir():
        # Larger ones only make each try slower.
        into.copy("pdf", *sorted(corpus.glob("*.pdf")), most=200_000)
    for committed in ["seeds", "regressions"]:
        for target in sorted(path for path in (ROOT / "fuzz" / committed).glob("*") if path.is_dir()):
            into.copy(target.name, *sorted(target.iterdir()))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("usage: fuzz/seeds.py [FOLDER]")
    made(Folder(ROOT / "fuzz/seeds"))
    if len(sys.argv) == 2:
        real(Folder(pathlib.Path(sys.argv[1])))
