import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { errnoText } from '../../registry/errno.ts';
import type { TrafficDetail } from '../../supervisor/api.ts';

/** Beyond this the file is kept as `<file>.1`, in place of an earlier one, and begun anew. Bytes. */
const MAX_BYTES = 50 * 1024 * 1024;

/**
 * The record of the hub in a file, on demand (setting `tapFile`): a line of JSON for each request that ended, redacted like
 * what the cockpit shows, readable by its owner only. A file that cannot be written is said once.
 */
export class TapFile {
  readonly #path: string;
  readonly #report: (sentence: string) => void;
  #descriptor: number | null = null;
  #bytes = 0;
  #failed = false;

  constructor(path: string, report: (sentence: string) => void) {
    this.#path = path;
    this.#report = report;
  }

  write({ entry, request, response, notes }: TrafficDetail): void {
    if (this.#failed) return;
    try {
      const descriptor = this.#open();
      const line = `${JSON.stringify({ ...entry, request, response, notes })}\n`;
      this.#bytes += writeSync(descriptor, line);
    } catch (error) {
      this.#failed = true;
      this.#report(`the traffic is not written to ${this.#path}: ${errnoText(error)}`);
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #open(): number {
    if (this.#descriptor !== null && this.#bytes < MAX_BYTES) return this.#descriptor;
    if (this.#descriptor !== null) {
      this.close();
      renameSync(this.#path, `${this.#path}.1`);
    }
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
    this.#descriptor = openSync(this.#path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
    return this.#descriptor;
  }
}
