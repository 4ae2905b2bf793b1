import { setFlagsFromString } from 'node:v8';
import type { CockpitPort, Verdict } from '../src/cockpit/runtime/port.ts';
import type { Host } from '../src/cockpit/terminal/guard.ts';
import { type SizedStream, TerminalOutput } from '../src/cockpit/terminal/output.ts';
import { terminalSink } from '../src/cockpit/terminal/sink.ts';
import { showCockpit } from './show.tsx';

export interface CockpitOptions extends CockpitPort {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: SizedStream & { readonly fd: number };
  /** `process`, where a test does not bring its own. */
  readonly host?: Host;
}

/**
 * Every frame leaves a grid of cells behind as garbage, and the default heuristics let the heap grow around it (measured under a
 * flood of log lines: 240 MB); a screen next to a developer's servers should stay small. So new objects keep the small space they
 * start with, and the old ones are looked through after each tenth of growth: 100 MB. V8's own `--optimize-for-size` gives some 5 MB
 * more back, but collects with the program standing still: 20 ms before the first frame, half of an idle cockpit's CPU time, and
 * twice the time from a key to its frame.
 */
const SMALL_HEAP = ['--semi-space-growth-factor=1', '--heap-growing-percent=10'];

/**
 * Shows the cockpit on a terminal until it is left, by a key, a signal, an error or the end of the terminal, which then is as it
 * was before. The caller prints the afterword and exits.
 */
export function runCockpit({ stdin, stdout, host = process, ...port }: CockpitOptions): Promise<Verdict> {
  for (const flag of SMALL_HEAP) setFlagsFromString(flag);
  const screenReader = port.screenReader ?? port.env.INK_SCREEN_READER === 'true';
  return showCockpit(
    { ...port, screenReader },
    { stdin, output: new TerminalOutput(stdout, terminalSink(stdout.fd)), host },
  );
}
