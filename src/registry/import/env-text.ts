import { parseEnvFile } from '../env-file.ts';
import type { Result } from '../problem.ts';

/** The text of an env file with these variables, in a form that reads back as exactly these. */
export function envText(variables: Readonly<Record<string, string>>, path: string): Result<string> {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}\n`);
  const text = lines.join('');
  const back = parseEnvFile(text, path);
  const lost = Object.entries(variables).find(([name, value]) => !back.ok || back.value[name] !== value);
  if (lost === undefined) return { ok: true, value: text };
  return {
    ok: false,
    problem: { what: `the value of ${lost[0]} cannot be written into ${path}`, next: `export ${lost[0]} yourself` },
  };
}

/** Single quotes take everything as it is but themselves; back quotes likewise. */
function quote(value: string): string {
  if (/^[\w./:@%+,-]+$/.test(value)) return value;
  const sign = ["'", '`', '"'].find((each) => !value.includes(each) && !(each === '"' && value.includes('\\'))) ?? "'";
  return sign + value + sign;
}
