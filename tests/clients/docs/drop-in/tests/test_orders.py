"""A suite of a reader of docs/drop-in.md; orders.tape is recorded of it, by the emulator."""

import boto3

orders = boto3.resource("dynamodb").Table("orders")


def test_the_last_order_is_found():
    orders.meta.client.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    for number in (1, 2):
        orders.put_item(Item={"id": "last", "n": number})
        assert orders.get_item(Key={"id": "last"})["Item"]["n"] == number
