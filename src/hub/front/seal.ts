import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../protocol/json-rpc.ts';

/**
 * The `requestState` of calls that wait for their client. It comes back through the client, so it is an attacker's to
 * forge, replay or use elsewhere (2026-07-28, MRTR): sealed with a key of this process, bound to the very request, and
 * good once and for a while.
 */
export class Seal {
  readonly #key = randomBytes(32);
  /** Tells our own states from those of a server, which may be such a hub itself. */
  readonly #prefix = `hub1.${randomBytes(6).toString('base64url')}.`;

  made(state: string): boolean {
    return state.startsWith(this.#prefix);
  }

  /** @param expiresAt milliseconds since the epoch */
  close(id: string, binding: string, expiresAt: number): string {
    const text = Buffer.from(JSON.stringify([id, binding, expiresAt])).toString('base64url');
    return `${this.#prefix}${text}.${this.#mac(text).toString('base64url')}`;
  }

  /** The id sealed in; or why it is not believed. */
  open(state: unknown, binding: string, now: number): { readonly id: string } | { readonly why: string } {
    if (typeof state !== 'string' || !this.made(state)) return { why: 'it is none of ours' };
    const [text = '', mac = ''] = state.slice(this.#prefix.length).split('.');
    const given = Buffer.from(mac, 'base64url');
    const made = this.#mac(text);
    if (given.length !== made.length || !timingSafeEqual(given, made)) return { why: 'it was tampered with' };
    const [id, boundTo, expiresAt] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (boundTo !== binding) return { why: 'it belongs to another request' };
    return now > expiresAt ? { why: 'it has expired' } : { id };
  }

  #mac(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

/** What a retry must have in common with the request it continues: where it goes and what it asks for. */
export function bindingOf(endpoint: string, method: string, params: JsonObject): string {
  const { inputResponses: _responses, requestState: _state, _meta, ...asked } = params;
  return createHash('sha256')
    .update(JSON.stringify([endpoint, method, canonical(asked)]))
    .digest('base64url');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isJsonObject(value)) return value;
  return Object.keys(value)
    .sort()
    .map((key) => [key, canonical(value[key])]);
}
