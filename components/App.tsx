import { useSyncExternalStore } from 'react';
import { Screen } from './Screen.tsx';
import { useKeyboard, type ViewProps } from './use-keyboard.ts';

/** The cockpit as a full screen: the published state, drawn. */
export function App({ cockpit, onReady }: ViewProps) {
  const state = useSyncExternalStore(cockpit.subscribe, cockpit.snapshot);
  useKeyboard({ cockpit, onReady });
  return <Screen screen={cockpit.draw(state)} theme={cockpit.theme} />;
}
