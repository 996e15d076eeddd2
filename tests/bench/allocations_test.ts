import { assert, assertEquals } from "@std/assert";
import { BUDGET } from "../../bench/allocations/budget.ts";
import { countAllocations } from "../../bench/allocations/count.ts";

Deno.test("events, deliveries and quiet connections stay within their budget of bytes", async () => {
  const counts = await countAllocations();
  assertEquals(Object.keys(counts), Object.keys(BUDGET));
  for (const [name, bytes] of Object.entries(counts)) {
    const budget = BUDGET[name]!;
    assert(bytes > 0 && bytes <= budget, `${name}: ${bytes} bytes, not up to ${budget}`);
  }
});
