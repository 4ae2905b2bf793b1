// A server that only logs: `node writer.mjs TOTAL PER_TICK TICK_MS [FROM]` writes `line N ` + filler, one write each, to stdout.
// PER_TICK 0 writes all of them at once, as fast as it can. Ends by itself.
import { writeSync } from 'node:fs';

const [total, perTick, tickMs, from = 0] = process.argv.slice(2).map(Number);
const filler = 'x'.repeat(80);
let next = from;

function write(count) {
  for (const end = Math.min(next + count, from + total); next < end; next++) writeSync(1, `line ${next} ${filler}\n`);
  if (next < from + total) setTimeout(write, tickMs, count);
}

write(perTick || total);
