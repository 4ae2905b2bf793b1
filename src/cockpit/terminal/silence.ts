/**
 * Lets nothing more be written to a terminal that does not read. Libraries write to it when the process exits (Ink's cursor keeper
 * does), Node does so synchronously, and the exit would wait for ever.
 */
export function silenceTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.isTTY) Reflect.set(stream, 'write', () => true);
  }
}
