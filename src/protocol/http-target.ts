import { PeerError } from './peer-error.ts';

/** An HTTP endpoint with the headers its owner wants sent; both may hold secrets. */
export interface HttpTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that belong to the connection or the message, never to its owner. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Rejects what `node:http` could not address. The URL itself is not repeated: it may hold a token. */
export function httpTarget(url: string, headers: Readonly<Record<string, string>>): HttpTarget {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') {
    const own = Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !FRAMING.has(name));
    return { url: parsed, headers: Object.fromEntries(own) };
  }
  const next = 'write a URL that starts with http:// or https:// into the entry';
  throw new PeerError('refused', { what: 'the URL of the server is no HTTP URL', next });
}

/** Lengths from which a whole value, and a word within one, is taken for a secret. Characters. */
const MIN_SECRET = 4;
const MIN_WORD = 8;

/** What must not show up in messages: header values and tokens within them, the URL's password and query values. */
export function secretsOf({ url, headers }: HttpTarget): readonly string[] {
  return [...Object.values(headers), ...url.searchParams.values(), url.password];
}

/** Replaces each of `secrets`, and each long word of one, by `***`. What is shorter stays: it would mask too much. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const values = secrets
    .flatMap((value) => [value, ...value.split(/\s+/).filter((word) => word.length >= MIN_WORD)])
    .filter((value) => value.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length);
  return (text) => values.reduce((masked, value) => masked.replaceAll(value, '***'), text);
}
