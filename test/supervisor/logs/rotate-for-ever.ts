// `node rotate-for-ever.ts LOG METHOD`: says "ready" and rotates at 100 kB until it is killed.
import { CUT_LADDER } from '../../../src/supervisor/logs/cut.ts';
import { rotateRunning } from '../../../src/supervisor/logs/rotate.ts';

const [log = '', method] = process.argv.slice(2);
const ladder = CUT_LADDER.filter((tool) => tool.method === method);
process.stdout.write('ready\n');
for (;;) {
  const { method: done } = await rotateRunning(log, { maxBytes: 100 * 1024, keep: 1000 }, ladder);
  if (done === 'none') await new Promise((resolve) => setTimeout(resolve, 1));
}
