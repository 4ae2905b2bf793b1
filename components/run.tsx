import { render, type SuspendTerminal } from 'ink';
import { Cockpit } from '../src/cockpit/cockpit.ts';
import type { CockpitPort, TerminalPort, Verdict } from '../src/cockpit/runtime/port.ts';
import { captureConsole } from '../src/cockpit/terminal/console.ts';
import { crashWords, guard, type Host } from '../src/cockpit/terminal/guard.ts';
import { TerminalOutput, type TerminalStream } from '../src/cockpit/terminal/output.ts';
import { RESTORE } from '../src/cockpit/terminal/restore.ts';
import { stopProcessGroup } from '../src/cockpit/terminal/suspend.ts';
import { App } from './App.tsx';

export interface CockpitOptions extends CockpitPort {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: TerminalStream;
  /** `process`, where a test does not bring its own. */
  readonly host?: Host;
}

/** A terminal that stopped reading gets this long for the last frame and the restoring sequence. */
const PATIENCE_MS = 300;

/**
 * Shows the cockpit until it is left, by a key, a signal, an error or the end of the terminal; the terminal is then as it was.
 * The caller prints the afterword and exits. The only caller of Ink's `render`.
 */
export async function runCockpit(options: CockpitOptions): Promise<Verdict> {
  const { stdin, stdout, host = process } = options;
  const output = new TerminalOutput(stdout);
  let suspend: SuspendTerminal | null = null;
  const terminal: TerminalPort = {
    get writableLength() {
      return output.writableLength;
    },
    get bytesWritten() {
      return output.bytesWritten;
    },
    onceDrained: (callback) => output.onceDrained(callback),
    send: (sequence) => void output.write(sequence),
    lend: async (run) => {
      await suspend?.(async () => {
        await new Promise<void>((resolve) => output.onceDrained(resolve));
        await run();
      });
    },
    stopProcess: stopProcessGroup,
  };
  const cockpit = new Cockpit(options, terminal, { columns: output.columns, rows: output.rows });
  const releaseConsole = captureConsole((level, text) => cockpit.tell(level, text));
  const releaseHost = guard(host, (verdict) => cockpit.leave(verdict));
  const hangUp = (): void => cockpit.leave({ exitCode: 129, afterword: [] });
  output.on('gone', hangUp);
  stdin.on('end', hangUp).on('close', hangUp).on('error', hangUp);
  output.on('size', () => {
    if (!output.measure()) return;
    cockpit.resize({ columns: output.columns, rows: output.rows });
    // Ink redraws the tree it has as soon as it hears of a resize: let it have the tree of the new size first.
    setImmediate(() => output.emit('resize'));
  });
  const app = render(<App cockpit={cockpit} onReady={(way) => (suspend = way)} />, {
    stdin,
    stdout: output,
    alternateScreen: true,
    incrementalRendering: true,
    patchConsole: false,
    exitOnCtrlC: false,
    interactive: true,
    maxFps: 60,
  });
  const crashed = app.waitUntilExit().then(
    () => null,
    (error: unknown): Verdict => ({ exitCode: 1, afterword: crashWords(error) }),
  );
  void cockpit.open();
  const verdict = (await Promise.race([cockpit.finished, crashed])) ?? { exitCode: 0, afterword: [] };
  app.unmount();
  await Promise.race([crashed, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  output.writeLast(RESTORE, PATIENCE_MS);
  await cockpit.close();
  stdin.off('end', hangUp).off('close', hangUp).off('error', hangUp);
  releaseHost();
  releaseConsole();
  output.destroy();
  return verdict;
}
