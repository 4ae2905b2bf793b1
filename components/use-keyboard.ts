import { type SuspendTerminal, useApp, useInput, usePaste } from 'ink';
import { useEffect } from 'react';
import type { Cockpit } from '../src/cockpit/cockpit.ts';
import { splitInput } from '../src/cockpit/keys/split-input.ts';

export interface ViewProps {
  readonly cockpit: Cockpit;
  /** Gets Ink's way to give the terminal away, as soon as there is one. */
  readonly onReady: (suspend: SuspendTerminal) => void;
}

/** The one place that listens: keys and pastes go to the cockpit, taken apart into presses. */
export function useKeyboard({ cockpit, onReady }: ViewProps): void {
  const { suspendTerminal } = useApp();
  useEffect(() => {
    onReady(suspendTerminal);
  }, [onReady, suspendTerminal]);
  useInput((input, key) => cockpit.press(splitInput(input, key)));
  usePaste((text) => cockpit.paste(text));
}
