/** Words of a name, lower case: `OPENAI_API_KEY`, `x-api-key` and `apiKey` all contain `key`. */
function words(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

const SECRET_WORD =
  /^(?:tokens?|secrets?|passw(?:or)?ds?|passphrase|pass|pwd|keys?|auth|authorization|credentials?|creds?|dsn|bearer|cookies?|jwt|pat)$/;

/** Words that are written together with others: `APIKEY`, `authtoken`, `MYSQLPASSWORD`. */
const SECRET_ENDING = /(?:token|secret|password|passwd|apikey|accesskey|secretkey|privatekey|credentials?)$/;

/** Names that look secret and hold paths or places. */
const HARMLESS = /^(?:PWD|OLDPWD|SSH_AUTH_SOCK|XAUTHORITY)$|[_-](?:FILE|PATH|DIR|SOCK)$/i;

/** Whether a variable, header or option of this name usually holds a secret. */
export function isSecretName(name: string): boolean {
  if (HARMLESS.test(name)) return false;
  return words(name).some((word) => SECRET_WORD.test(word) || SECRET_ENDING.test(word));
}
