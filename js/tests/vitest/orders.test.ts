import { useDynamo } from "dynatape/vitest";
import { beforeAll, describe, expect, test } from "vitest";

import { orders } from "./orders.js";

const db = useDynamo({ tables: { orders: ["user", "number:N"] } });
beforeAll(() => db.seed({ orders: [{ user: "ann", number: 1 }] }));

test.each([2, 3, 4])("order %i is the second", async (number) => {
  await orders.place({ user: "ann", number });
  expect(await orders.ordersOf("ann")).toEqual([{ user: "ann", number: 1 }, { user: "ann", number }]);
  expect(await db.items("orders")).toHaveLength(2);
});

test("an order is placed once", async () => {
  await expect(orders.place({ user: "ann", number: 1 })).rejects.toThrow("The conditional request failed");
});

describe("tests at the same time have a fork each", () => {
  test("ten of them", async () => {
    const put = async (number: number) => {
      await using fork = await db.fork();
      await fork.put("orders", { user: "bob", number });
      return (await fork.items("orders")).length;
    };
    expect(await Promise.all(Array.from({ length: 10 }, (_, number) => put(number)))).toEqual(
      Array(10).fill(2),
    );
  });
});
