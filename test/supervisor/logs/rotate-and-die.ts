// `node rotate-and-die.ts LOG METHOD before|after`: starts one rotation at 100 kB and kills itself right before or after the cut.
import { CUT_LADDER, type CutTool } from '../../../src/supervisor/logs/cut.ts';
import { rotateRunning } from '../../../src/supervisor/logs/rotate.ts';

const [log = '', method, moment] = process.argv.slice(2);

function deadly(tool: CutTool): CutTool {
  return {
    method: tool.method,
    cut: async (...what) => {
      if (moment === 'after') await tool.cut(...what);
      process.kill(process.pid, 'SIGKILL');
      return null;
    },
  };
}

const ladder = CUT_LADDER.filter((tool) => tool.method === method).map(deadly);
await rotateRunning(log, { maxBytes: 100 * 1024, keep: 1000 }, ladder);
