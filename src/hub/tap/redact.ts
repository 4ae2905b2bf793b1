import { isJsonObject, type JsonObject } from '../../protocol/json-rpc.ts';
import { isSecretName } from '../../registry/secret-names.ts';

const MAX_TEXT = 64 * 1024;
const MAX_DEPTH = 60;
const MASK = '********';

/** A payload as it may be shown: values of secret names and known secret values masked, texts and depth bounded. */
export function redact(value: unknown, secrets: readonly string[], depth = 0): unknown {
  if (typeof value === 'string') return cut(maskValues(value, secrets));
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      maskValues(key, secrets),
      typeof member === 'string' && isSecretName(key) ? MASK : redact(member, secrets, depth + 1),
    ]),
  );
}

/** One line about a failure. */
export function redactText(text: string, secrets: readonly string[]): string {
  const line = maskValues(text, secrets)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

export function maskValues(text: string, secrets: readonly string[]): string {
  let masked = text;
  for (const secret of secrets) if (masked.includes(secret)) masked = masked.replaceAll(secret, MASK);
  return masked;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
}

/** The tool, prompt or resource a request is about. */
export function subjectOf(method: string, params: JsonObject): string | null {
  const subject = params.name ?? params.uri ?? (isJsonObject(params.ref) ? (params.ref.name ?? params.ref.uri) : null);
  return method.includes('/') && typeof subject === 'string' ? subject : null;
}
