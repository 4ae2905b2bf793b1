import { type SuspendTerminal, useApp, useInput, usePaste } from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import type { Cockpit } from '../src/cockpit/cockpit.ts';
import { splitInput } from '../src/cockpit/keys/split-input.ts';
import { Screen } from './Screen.tsx';

interface AppProps {
  readonly cockpit: Cockpit;
  /** Gets Ink's way to give the terminal away, as soon as there is one. */
  readonly onReady: (suspend: SuspendTerminal) => void;
}

/** The one component that listens: keys and pastes go to the cockpit, what it shows comes back as rows. */
export function App({ cockpit, onReady }: AppProps) {
  const state = useSyncExternalStore(cockpit.subscribe, cockpit.snapshot);
  const { suspendTerminal } = useApp();
  useEffect(() => {
    onReady(suspendTerminal);
  }, [onReady, suspendTerminal]);
  useInput((input, key) => cockpit.press(splitInput(input, key)));
  usePaste((text) => cockpit.paste(text));
  return <Screen screen={cockpit.draw(state)} theme={cockpit.theme} />;
}
