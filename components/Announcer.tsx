import { Static, Text } from 'ink';
import { useSyncExternalStore } from 'react';
import { useKeyboard, type ViewProps } from './use-keyboard.ts';

/** The cockpit for a screen reader: what changes is written as new lines, and nothing is ever drawn over. */
export function Announcer({ cockpit, onReady }: ViewProps) {
  const sentences = useSyncExternalStore(cockpit.subscribe, cockpit.said);
  useKeyboard({ cockpit, onReady });
  return <Static items={[...sentences]}>{(sentence, place) => <Text key={place}>{sentence}</Text>}</Static>;
}
