/** Answers a variable's value, or undefined when it is unset. */
export type Lookup = (name: string) => string | undefined;

export interface Expanded {
  readonly text: string;
  /** Variables without a value and without a default, each once, in order of appearance. */
  readonly unset: readonly string[];
}

/** `$${` (an escaped `${`), `${env:NAME}`, `${NAME}`, `${NAME-default}` and `${NAME:-default}`. */
const REFERENCE = /\$\$\{|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?:(:?-)([^}]*))?\}/g;

/**
 * Replaces `${NAME}` references by their values; an unset one becomes empty and is listed. With `:-` the default also
 * stands in for an empty value, as in a shell. `$${` yields a literal `${`; everything else, `$NAME` included, is kept.
 * Values are not expanded again.
 */
export function expandVariables(text: string, lookup: Lookup): Expanded {
  const unset = new Set<string>();
  const expanded = text.replace(
    REFERENCE,
    (reference: string, name: string | undefined, operator: string | undefined, fallback: string | undefined) => {
      if (name === undefined) return reference.slice(1);
      const value = lookup(name);
      if (operator !== undefined)
        return value === undefined || (operator === ':-' && value === '') ? (fallback ?? '') : value;
      if (value === undefined) unset.add(name);
      return value ?? '';
    },
  );
  return { text: expanded, unset: [...unset] };
}

/** `~` and `~/…` become the home directory. `~user` is left alone. */
export function expandTilde(text: string, home: string): string {
  return text === '~' || text.startsWith('~/') ? home + text.slice(1) : text;
}

/** `~` first, then variables: a value that happens to begin with `~` stays as it is. */
export function expandText(text: string, lookup: Lookup, home: string): Expanded {
  return expandVariables(expandTilde(text, home), lookup);
}

/** Looks a name up in several environments; the first that has it answers. */
export function lookupIn(...environments: readonly Readonly<Record<string, string | undefined>>[]): Lookup {
  return (name) => {
    for (const environment of environments) {
      if (Object.hasOwn(environment, name) && environment[name] !== undefined) return environment[name];
    }
    return undefined;
  };
}
