import { recorded } from "dynatape/vitest";
import { describe, expect, test } from "vitest";

import { OrderBook } from "./orders.js";

const number = Number(process.env["ORDER"] ?? 1);

describe.concurrent("orders", () => {
  for (const user of ["ann", "bob"]) {
    test(
      `${user}'s is placed`,
      recorded(
        async (tape) => {
          expect(tape.mode).toBe(process.env["CI"] ? "replay" : "record");
          const book = new OrderBook(tape.client());
          await book.place({ user, number });
          expect(await book.ordersOf(user)).toEqual([{ user, number }]);
        },
        { upstream: "emulator", load: ["orders.table.json"] },
      ),
    );
  }
});
