-- All there is, as the trait Store has it: what the keys mean is written in layout.rs. A pair lies
-- where its key does, so that a read is one way down the tree.
CREATE TABLE pairs (key BLOB NOT NULL PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

-- For people with the sqlite3 shell, also one of 2022; the program reads none of these.
CREATE VIEW tables (name, arn, number, definition) AS
  SELECT json_extract(value, '$.TableName'), json_extract(value, '$.TableArn'),
    json_extract(value, '$.Number'), value
  FROM pairs WHERE key >= x'63' AND key < x'64';
CREATE VIEW items (table_name, table_arn, item) AS
  WITH named AS MATERIALIZED (SELECT name, arn, printf('%08X', number) AS number FROM tables)
  SELECT named.name, named.arn, pairs.value
  FROM pairs JOIN named ON named.number = hex(substr(pairs.key, 2, 4))
  WHERE pairs.key >= x'69' AND pairs.key < x'6A';
