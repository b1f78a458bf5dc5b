"""Of each theme, how many sentences credit and how many fault it: after `lettermark classify letters -o findings.parquet`."""

import polars as pl

findings = pl.scan_parquet("findings.parquet").filter(~pl.col("boilerplate"))
counts = findings.explode("themes").group_by("themes", "polarity").len("sentences").sort("themes", "polarity").collect()
print(counts)
