import { nodeValue, parseDocument, properties } from './json-document.ts';
import { setKey } from './json-edit.ts';
import type { Problem } from './problem.ts';
import { readTextFile } from './read-text-file.ts';
import { SETTINGS_LIMIT } from './settings.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** The `hubPort` that the settings name; null when they name none, and when they cannot be read. */
export function chosenHubPort(settingsFile: string): number | null {
  const file = readTextFile(settingsFile, SETTINGS_LIMIT);
  if (file.kind !== 'text') return null;
  const { root } = parseDocument(file.text);
  const property = root?.type === 'object' ? properties(root).find(({ key }) => key === 'hubPort') : undefined;
  const value = property && nodeValue(property.value);
  return typeof value === 'number' ? value : null;
}

/**
 * Writes `hubPort` into the settings; whatever else stands there, comments included, stays. A file that is broken, or that
 * somebody writes at this moment, is left alone. Returns why it could not be done, or null.
 */
export function keepHubPort(settingsFile: string, port: number): Problem | null {
  const file = readTextFile(settingsFile, SETTINGS_LIMIT);
  if (file.kind === 'problem') return file.problem;
  const text = file.kind === 'text' && file.text.trim() !== '' ? file.text : '{\n}\n';
  const { root, errors } = parseDocument(text);
  if (errors.length > 0 || root?.type !== 'object') return notKept(settingsFile, port, 'the file is broken');
  const stamp = file.kind === 'text' ? file.stamp : null;
  const outcome = writeFileAtomic(settingsFile, setKey(text, [], 'hubPort', port), stamp);
  if (outcome.kind === 'written') return null;
  return outcome.kind === 'problem' ? outcome.problem : notKept(settingsFile, port, 'somebody else writes it');
}

function notKept(settingsFile: string, port: number, why: string): Problem {
  return {
    what: `the free port ${port} for the hub could not be written into ${settingsFile}`,
    why,
    next: `set "hubPort": ${port} there`,
  };
}
