/** One dispatched event of a `text/event-stream`. */
interface SseEvent {
  /** `message` when the stream names none. */
  readonly event: string;
  readonly data: string;
  /** The last event id seen so far, empty when there was none. */
  readonly id: string;
}

/** An event larger than the limit: announced once, then skipped up to the next blank line. */
export type SseItem = SseEvent | { readonly oversized: true };

/**
 * Incremental parser of server-sent events (WHATWG HTML §9.2.6): any split of the bytes gives the same events.
 * An event that the stream ends in the middle of is never dispatched. Holds at most `limit` characters of one event.
 */
export class SseParser {
  readonly #decoder = new TextDecoder();
  readonly #limit: number;
  #line = '';
  #size = 0;
  #data: string[] = [];
  #event = '';
  #id = '';
  #retryMs: number | null = null;
  #afterReturn = false;
  #skipping = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The last event id seen, also that of an event without data; empty when there was none. */
  get lastEventId(): string {
    return this.#id;
  }

  /** How long a client should wait before it connects again, as the stream last said; null when it did not. Milliseconds. */
  get retryMs(): number | null {
    return this.#retryMs;
  }

  /** Events completed by `chunk`, in order. */
  push(chunk: Uint8Array): readonly SseItem[] {
    const items: SseItem[] = [];
    const text = this.#decoder.decode(chunk, { stream: true });
    let start = 0;
    if (text !== '' && this.#afterReturn) {
      this.#afterReturn = false;
      if (text.startsWith('\n')) start = 1;
    }
    for (let end = endOfLine(text, start); end !== -1; end = endOfLine(text, start)) {
      this.#append(text.slice(start, end), items);
      this.#endLine(items);
      start = end + 1;
      if (text[end] !== '\r') continue;
      if (start === text.length) this.#afterReturn = true;
      else if (text[start] === '\n') start += 1;
    }
    this.#append(text.slice(start), items);
    return items;
  }

  #append(part: string, items: SseItem[]): void {
    if (part === '') return;
    this.#size += part.length;
    if (this.#size <= this.#limit) {
      this.#line += part;
      return;
    }
    if (!this.#skipping) items.push({ oversized: true });
    this.#skipping = true;
    this.#data = [];
    // Enough to tell a blank line, which ends the event, from any other.
    this.#line = '-';
  }

  #endLine(items: SseItem[]): void {
    const line = this.#line;
    this.#line = '';
    if (line === '') this.#dispatch(items);
    else if (!this.#skipping) this.#field(line);
    // A comment is no part of an event: keep-alives never add up to a limit.
    if (line.startsWith(':') && !this.#skipping) this.#size -= line.length;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const raw = colon === -1 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
  }

  #dispatch(items: SseItem[]): void {
    if (!this.#skipping && this.#data.length > 0) {
      items.push({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id });
    }
    this.#data = [];
    this.#event = '';
    this.#size = 0;
    this.#skipping = false;
  }
}

function endOfLine(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x0a || code === 0x0d) return index;
  }
  return -1;
}
