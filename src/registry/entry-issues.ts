import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { isSecretName } from './secret-names.ts';

type Issue = z.core.$ZodIssue;

/** A fault of one field in words: `"port" must be a number, not "8050"`, and what to write instead. */
export interface IssueText {
  readonly what: string;
  readonly next?: string;
}

/** Says what a schema issue means for a person. `value` is what stands at the issue's path, undefined when nothing does. */
export function issueText(issue: Issue, value: unknown): IssueText {
  const field = issue.path.length === 0 ? 'the entry' : `"${issue.path.map(String).join('.')}"`;
  if (value === undefined) return { what: `${field} is missing`, next: `give it ${expectation(issue)}` };
  const what = `${field} must be ${expectation(issue)}${shown(value, issue.path)}`;
  const next = remedy(issue, value);
  return next === null ? { what } : { what, next };
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return choice(issue.values.map((value) => JSON.stringify(value)));
    case 'invalid_union':
      if (issue.discriminator !== undefined) return choice(discriminators(issue).map((value) => JSON.stringify(value)));
      return choice([...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectation)))]);
    case 'too_small':
      return Number(issue.minimum) === 1 && issue.origin === 'string'
        ? 'some text'
        : `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.message;
    default:
      return issue.message;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'an object {…}',
  record: 'an object {…}',
  array: 'a list […]',
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** The permitted values of a discriminated union; zod tells them at run time without declaring them. */
function discriminators(issue: Issue): unknown[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
}

function choice(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? 'something else';
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** The offending value, as far as it may be shown: short, scalar, and no secret. */
function shown(value: unknown, path: readonly PropertyKey[]): string {
  if (value === '') return ', not empty';
  if (value === null) return ', not null';
  if (Array.isArray(value)) return ', not a list';
  if (typeof value === 'object') return ', not an object';
  const text = JSON.stringify(value);
  const secret = path.some((segment) => isSecretName(String(segment))) || path[0] === 'headers' || path[0] === 'env';
  return secret || text.length > 60 ? '' : `, not ${text}`;
}

function remedy(issue: Issue, value: unknown): string | null {
  if (typeof value === 'string') {
    const options =
      issue.code === 'invalid_value'
        ? issue.values.map(String)
        : issue.code === 'invalid_union'
          ? discriminators(issue).map(String)
          : [];
    const suggestion = didYouMean(value, options);
    if (suggestion !== null) return `did you mean "${suggestion}"?`;
    if (issue.code === 'invalid_type' && issue.expected === 'number' && /^\d+$/.test(value)) {
      return `write ${value} without quotes`;
    }
    if (issue.code === 'invalid_type' && issue.expected === 'boolean' && /^(true|false)$/.test(value)) {
      return `write ${value} without quotes`;
    }
    if (issue.code === 'invalid_type' && issue.expected === 'array') return 'put it in brackets: ["…"]';
  }
  return null;
}
