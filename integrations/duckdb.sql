-- Of each theme, how many sentences credit and how many fault it: after `lettermark classify letters -o findings.parquet`.
SELECT theme, polarity, count(*) AS sentences
FROM (SELECT unnest(themes) AS theme, polarity FROM 'findings.parquet' WHERE NOT boilerplate)
GROUP BY ALL ORDER BY ALL;
