const { recorded } = require("dynatape/jest");

const { ordersOf, place } = require("./orders.js");

const number = Number(process.env.ORDER ?? 1);

describe("orders", () => {
  for (const user of ["ann", "bob"]) {
    test(
      `${user}'s is placed`,
      recorded(
        async (tape) => {
          expect(tape.mode).toBe(process.env.CI ? "replay" : "record");
          await place({ user, number });
          expect(await ordersOf(user)).toEqual([{ user, number }]);
        },
        { upstream: "emulator", load: ["orders.table.json"] },
      ),
    );
  }
});
