import { secretValues } from '../mask.ts';

/** Forms that only credentials have: prefixes that their issuers document, tokens of three parts, long random text. */
const CREDENTIAL =
  /^(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|npm_\w{30,}|pypi-[\w-]{30,}|hf_\w{20,}|ya29\.[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)$/;

/** Whether this looks like a credential whatever it is called. */
export function looksLikeCredential(value: string): boolean {
  return CREDENTIAL.test(value) || isRandom(value);
}

/** 32 characters or more in one piece, with digits and letters mixed through: keys and hashes, no words and no paths. */
function isRandom(value: string): boolean {
  if (!/^[A-Za-z0-9+_=-]{32,}$/.test(value)) return false;
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return false;
  const changes = [...value.matchAll(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)].length;
  return changes >= 6;
}

/** Whether a variable, header or option of this name holds a secret in this value. References tell nothing and are none. */
export function isSecretValue(name: string, value: string): boolean {
  const own = withoutScheme(value);
  if (own.replaceAll(REFERENCE, '').trim() === '') return false;
  return secretValues({ [name]: own }, {}).length > 0 || looksLikeCredential(own);
}

const REFERENCE = /\$\{[^}]*\}/g;

export function hasReference(text: string): boolean {
  return text.search(REFERENCE) !== -1;
}

/** `Bearer abc` → `abc`. */
export function withoutScheme(text: string): string {
  return text.replace(/^(?:Bearer|Basic|Token)\s+/i, '');
}
