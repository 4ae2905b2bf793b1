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
 * Shows the cockpit on a terminal until it is left, by a key, a signal, an error or the end of the terminal, which then is as it
 * was before. The caller prints the afterword and exits.
 */
export function runCockpit({ stdin, stdout, host = process, ...port }: CockpitOptions): Promise<Verdict> {
  // Every frame leaves a grid of cells behind as garbage. With the default heuristics the heap grows by more than what is alive
  // (measured: 158 MB instead of 100 MB after a flood of log lines); a screen next to a developer's servers should stay small.
  setFlagsFromString('--optimize-for-size');
  const screenReader = port.screenReader ?? port.env.INK_SCREEN_READER === 'true';
  return showCockpit(
    { ...port, screenReader },
    { stdin, output: new TerminalOutput(stdout, terminalSink(stdout.fd)), host },
  );
}
