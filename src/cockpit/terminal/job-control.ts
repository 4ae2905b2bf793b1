import type { Host } from './guard.ts';

/** If nothing continued us within this time, the stop was refused: nobody is there to continue an orphaned process group. */
const REFUSED_MS = 500;

export interface JobControlEvents {
  /** Somebody else asked us to stop, as Ctrl-Z would. */
  stopAsked(): void;
  /** We were stopped without being asked (SIGSTOP) and go on: the screen may show anything. */
  continued(): void;
}

export interface JobControl {
  /** Stops the whole process group, as the kernel does for Ctrl-Z outside of raw mode; settles when it is continued. */
  stop(): Promise<void>;
  release(): void;
}

/** Ctrl-Z, `kill -TSTP`, `fg`: the part of job control that a program in raw mode has to do itself. */
export function jobControl(host: Host, events: JobControlEvents): JobControl {
  let isStopping = false;
  const onStop = (): void => events.stopAsked();
  const onContinue = (): void => {
    if (!isStopping) events.continued();
  };
  host.on('SIGTSTP', onStop);
  host.on('SIGCONT', onContinue);
  return {
    stop: async () => {
      isStopping = true;
      // Without a listener the signal does what it does by default: stop. The shell of an `npm start` must notice as well, so it
      // goes to the whole group.
      host.off('SIGTSTP', onStop);
      await stopGroup(host);
      host.on('SIGTSTP', onStop);
      isStopping = false;
    },
    release: () => {
      host.off('SIGTSTP', onStop);
      host.off('SIGCONT', onContinue);
    },
  };
}

function stopGroup(host: Host): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      clearTimeout(timer);
      host.off('SIGCONT', goOn);
      resolve();
    };
    const timer = setTimeout(goOn, REFUSED_MS);
    host.on('SIGCONT', goOn);
    process.kill(0, 'SIGTSTP');
  });
}
