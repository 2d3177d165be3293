const { useDynamo } = require("dynatape/jest");

const { ordersOf, place } = require("./orders.js");

const db = useDynamo({ tables: { orders: ["user", "number:N"] } });
beforeAll(() => db.seed({ orders: [{ user: "ann", number: 1 }] }));

test.each([2, 3, 4])("order %i is the second", async (number) => {
  await place({ user: "ann", number });
  expect(await ordersOf("ann")).toEqual([{ user: "ann", number: 1 }, { user: "ann", number }]);
  expect(await db.items("orders")).toHaveLength(2);
});

test("an order is placed once", async () => {
  await expect(place({ user: "ann", number: 1 })).rejects.toThrow("The conditional request failed");
});

test("forks see nothing of each other", async () => {
  const forks = await Promise.all([db.fork(), db.fork()]);
  for (const fork of forks) {
    await fork.put("orders", { user: "bob", number: 1 });
    expect(await fork.items("orders")).toHaveLength(2);
    await fork.stop();
  }
  expect(await db.items("orders")).toHaveLength(1);
});
