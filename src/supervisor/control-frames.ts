/** A header that is longer than this is none (bytes). */
const LONGEST_HEADER = 1_024;
const END_OF_HEADER = '\r\n\r\n';

/** A message as it goes over the control socket: its length in bytes, an empty line, its text. */
export function frame(text: string): string {
  return `Content-Length: ${Buffer.byteLength(text)}${END_OF_HEADER}${text}`;
}

/** Cuts what comes in into messages. Works on bytes, so that no character is cut in two. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Length of the message under way; null while its header is awaited. */
  #body: number | null = null;

  /**
   * Texts of the messages that `chunk` completes, in order.
   *
   * @throws when it is no such stream
   */
  push(chunk: Buffer): readonly string[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const texts: string[] = [];
    while (this.#held >= (this.#body ?? 1)) {
      const bytes = Buffer.concat(this.#chunks);
      const end = this.#body === null ? this.#header(bytes) : this.#body;
      if (end === null) return texts;
      if (this.#body !== null) {
        texts.push(bytes.toString('utf8', 0, end));
        this.#body = null;
      } else this.#body = bodyLength(bytes.toString('latin1', 0, end));
      this.#keep(bytes.subarray(end));
    }
    return texts;
  }

  /** Where the header ends; null when more of it has to come. */
  #header(bytes: Buffer): number | null {
    const end = bytes.indexOf(END_OF_HEADER);
    if (end > LONGEST_HEADER || (end < 0 && bytes.length > LONGEST_HEADER)) throw new Error('the header is too long');
    if (end < 0) this.#keep(bytes);
    return end < 0 ? null : end + END_OF_HEADER.length;
  }

  #keep(rest: Buffer): void {
    this.#chunks = [rest];
    this.#held = rest.length;
  }
}

function bodyLength(header: string): number {
  const length = /^content-length:[ \t]*(\d{1,9})[ \t]*\r?$/im.exec(header)?.[1];
  if (length === undefined) throw new Error('a header without a length');
  return Number(length);
}
