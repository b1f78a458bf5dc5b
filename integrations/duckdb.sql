-- Of each theme, how many sentences credit and how many fault it: after `lettermark classify letters -o findings.parquet`.
SELECT unnest(themes) AS theme, polarity, count(*) AS sentences
FROM 'findings.parquet' WHERE NOT boilerplate
GROUP BY ALL ORDER BY ALL;
