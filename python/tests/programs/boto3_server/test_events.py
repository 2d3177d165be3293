from boto3.dynamodb.conditions import Key


def test_the_table_is_there_at_once(table):
    table.reload()
    assert table.table_status == "ACTIVE"


def test_events_are_found_by_key_in_order(table):
    with table.batch_writer() as batch:
        for number in (3, 1, 2):
            batch.put_item(Item={"stream": "a", "number": number})
        batch.put_item(Item={"stream": "b", "number": 1})
    found = table.query(KeyConditionExpression=Key("stream").eq("a"))
    assert [item["number"] for item in found["Items"]] == [1, 2, 3]
    found = table.query(
        KeyConditionExpression=Key("stream").eq("a") & Key("number").gt(1), ScanIndexForward=False
    )
    assert [item["number"] for item in found["Items"]] == [3, 2]


def test_tables_are_empty_at_first(table):
    assert table.scan()["Count"] == 0
