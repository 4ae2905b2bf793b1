import './hide-fetch.ts';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { render, type SuspendTerminal } from 'ink';
import { Cockpit } from '../src/cockpit/cockpit.ts';
import type { CockpitPort, TerminalPort, Verdict } from '../src/cockpit/runtime/port.ts';
import { captureConsole } from '../src/cockpit/terminal/console.ts';
import { crashWords, guard, type Host } from '../src/cockpit/terminal/guard.ts';
import { jobControl } from '../src/cockpit/terminal/job-control.ts';
import type { TerminalOutput } from '../src/cockpit/terminal/output.ts';
import { restoreSequence } from '../src/cockpit/terminal/restore.ts';
import { silenceTerminal } from '../src/cockpit/terminal/silence.ts';
import { Announcer } from './Announcer.tsx';
import { App } from './App.tsx';

/** The terminal and the process that the cockpit is shown in. */
export interface Stage {
  readonly stdin: NodeJS.ReadStream;
  readonly output: TerminalOutput;
  readonly host: Host;
}

/** The terminal, lent to another program for a while. */
interface Loan {
  suspend: SuspendTerminal | null;
  isOut: boolean;
}

/** A terminal that stopped reading gets this long for the last frame, and again for the restoring sequence. */
const PATIENCE_MS = 300;
/** The first frame waits so long for the servers: with them it is one frame, without them two. */
const FIRST_NEWS_MS = 100;

/** The only caller of Ink's `render`. */
export async function showCockpit(port: CockpitPort, { stdin, output, host }: Stage): Promise<Verdict> {
  const loan: Loan = { suspend: null, isOut: false };
  const jobs = jobControl(host, {
    stopAsked: () => cockpit.suspend(),
    continued: () => cockpit.redraw(),
  });
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
      try {
        await loan.suspend?.(async () => {
          await new Promise<void>((resolve) => output.onceDrained(resolve));
          // Ink has let go of the input, but Node still reads ahead: the other program would miss its first keys.
          stdin.pause();
          await setImmediate();
          loan.isOut = true;
          await run();
        });
      } finally {
        loan.isOut = false;
      }
    },
    stopProcess: jobs.stop,
  };
  const isReadOut = port.screenReader === true;
  const cockpit = new Cockpit(port, terminal, { columns: output.columns, rows: output.rows });
  const release = watch(cockpit, { stdin, output, host }, loan, !isReadOut);
  await Promise.race([cockpit.open(), sleep(FIRST_NEWS_MS)]);
  const View = isReadOut ? Announcer : App;
  const app = render(<View cockpit={cockpit} onReady={(suspend) => Object.assign(loan, { suspend })} />, {
    stdin,
    stdout: output,
    alternateScreen: !isReadOut,
    incrementalRendering: !isReadOut,
    isScreenReaderEnabled: false,
    patchConsole: false,
    exitOnCtrlC: false,
    interactive: true,
    maxFps: 60,
  });
  const ended = app.waitUntilExit().then(
    (): Verdict => ({ exitCode: 0, afterword: [] }),
    (error: unknown): Verdict => ({ exitCode: 1, afterword: crashWords(error) }),
  );
  const verdict = await Promise.race([cockpit.finished, ended]);
  app.unmount();
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  await cockpit.close();
  jobs.release();
  const isRead = release();
  if (isRead) return verdict;
  silenceTerminal();
  return { ...verdict, afterword: [] };
}

/**
 * Listens to everything that is not a key. The returned function stops that and restores the terminal, whatever state it is in; it
 * says whether the terminal took that.
 */
function watch(cockpit: Cockpit, { stdin, output, host }: Stage, loan: Loan, isFullScreen: boolean): () => boolean {
  const releaseConsole = captureConsole((level, text) => cockpit.tell(level, text));
  const releaseHost = guard(host, (verdict, cause) => {
    // Ctrl-C typed into an editor reaches everybody in the foreground; it is the editor's.
    if (!(loan.isOut && (cause === 'SIGINT' || cause === 'SIGQUIT'))) cockpit.leave(verdict);
  });
  const hangUp = (): void => cockpit.leave({ exitCode: 129, afterword: [] });
  const restore = (): boolean => output.writeLast(restoreSequence(isFullScreen), PATIENCE_MS);
  const onSize = (): void => {
    if (!output.measure()) return;
    cockpit.resize({ columns: output.columns, rows: output.rows });
    // Ink redraws the tree it has as soon as it hears of a resize: let it have the tree of the new size first.
    void setImmediate().then(() => output.emit('resize'));
  };
  output.on('gone', hangUp).on('size', onSize);
  stdin.on('end', hangUp).on('close', hangUp).on('error', hangUp);
  host.on('exit', restore);
  return () => {
    const isRead = restore();
    host.off('exit', restore);
    stdin.off('end', hangUp).off('close', hangUp).off('error', hangUp);
    releaseHost();
    releaseConsole();
    output.destroy();
    return isRead;
  };
}
