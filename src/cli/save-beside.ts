import { writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { errnoCode, errnoText } from '../registry/errno.ts';
import { CommandError } from './command-error.ts';
import { EXIT } from './exit-codes.ts';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'application/pdf': 'pdf',
  'application/json': 'json',
  'application/gzip': 'gz',
  'application/zip': 'zip',
  'text/plain': 'txt',
};

const MOST = 1000;

/**
 * Writes content into a new file of `directory` and returns its name. Nothing is ever overwritten: where the name is taken,
 * `name-2.png` is tried, and so on. A server has no say in where a file goes: of the name it gave, only letters, digits
 * and `. _ -` stay, and no dot in front.
 *
 * @throws CommandError when it cannot be written
 */
export function saveBeside(directory: string, given: string, mimeType: string, content: Uint8Array): string {
  const safe =
    given
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^[._-]+/, '')
      .slice(0, 100) || 'result';
  const own = extname(safe);
  const extension = own === '' ? `.${EXTENSIONS[mimeType.split(';')[0]?.trim().toLowerCase() ?? ''] ?? 'bin'}` : own;
  const stem = own === '' ? safe : safe.slice(0, -own.length);
  for (let count = 1; count <= MOST; count += 1) {
    const name = `${stem}${count === 1 ? '' : `-${count}`}${extension}`;
    try {
      writeFileSync(join(directory, name), content, { flag: 'wx' });
      return name;
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw failure(name, errnoText(error));
    }
  }
  throw failure(`${stem}${extension}`, `${MOST} files of this name are there already`);
}

function failure(name: string, why: string): CommandError {
  return new CommandError(EXIT.failed, {
    what: `${name} cannot be written here`,
    why,
    next: 'run it in a folder of yours, or with --json, which writes no files',
  });
}
