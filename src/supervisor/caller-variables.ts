import { readTextFile } from '../registry/read-text-file.ts';

/** A larger registry has no entries (bytes). Not imported: this file is on every command's path, the schema is not. */
const LONGEST_REGISTRY = 1024 * 1024;

/** `${NAME}`, `${NAME:-default}`, `${env:NAME}` and plain `$NAME` of shell lines. */
const REFERENCE = /\$\{?(?:env:)?([A-Za-z_]\w*)/g;

/**
 * What a start tells the supervisor of its caller's environment: PATH (F54) and the variables that the registry refers
 * to and that are set here, so that a token exported in this shell reaches the server that needs it. Nothing else.
 */
export function callerVariables(registryFile: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const names = new Set(['PATH', ...referredTo(registryFile)]);
  const variables: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

function referredTo(registryFile: string): string[] {
  const file = readTextFile(registryFile, LONGEST_REGISTRY);
  return file.kind === 'text' ? [...file.text.matchAll(REFERENCE)].map(([, name = '']) => name) : [];
}
