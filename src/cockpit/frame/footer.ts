import type { Binding } from '../binding.ts';
import { reasonAgainst } from '../keys/invoke.ts';
import { keyLabel } from '../keys/key.ts';
import { scopeStack } from '../keys/scope.ts';
import type { State } from '../state.ts';
import { fit, type Line, lineWidth, span } from '../text/line.ts';
import type { Glyphs } from '../theme/glyphs.ts';
import { VIEWS } from '../views/views.ts';
import { fieldSpans } from './field-spans.ts';

/** More hints of the pane itself than this are a wall of text, however wide the terminal. */
const MOST_OF_PANE = 8;
const MOST_OF_ALL = 11;

const hint = (binding: Binding, state: State): Line => [
  span(keyLabel(binding.keys[0] ?? ''), 'key'),
  span(` ${binding.labelNow?.(state) ?? binding.label}`),
];

/** The keys of the focused pane that matter most, as many as fit in order of priority; `? help` is always among them. */
export function footer(state: State, bindings: readonly Binding[], { cut }: Glyphs): Line {
  const { columns } = state.size;
  if (state.typing !== null) return prompt(state, columns, cut);
  const scopes = scopeStack(state);
  const candidates = bindings
    .filter(
      ({ scopes: at, priority, keys }) => priority > 0 && keys.length > 0 && at.some((scope) => scopes.includes(scope)),
    )
    .filter((binding) => !(state.setup.readOnly && binding.dangerous))
    .sort((a, b) => b.priority - a.priority);
  const chosen: Binding[] = [];
  let used = 1;
  for (const binding of candidates) {
    const width = lineWidth(hint(binding, state)) + 2;
    const isFull =
      place(binding, scopes) === 0 && chosen.filter((one) => place(one, scopes) === 0).length === MOST_OF_PANE;
    if (used + width > columns || isFull || chosen.length === MOST_OF_ALL) continue;
    chosen.push(binding);
    used += width;
  }
  const ordered = chosen.sort((a, b) => place(a, scopes) - place(b, scopes) || b.priority - a.priority);
  const hints = ordered.flatMap((binding) => [
    span('  '),
    ...hint(binding, state).map((part) =>
      reasonAgainst(binding, state) === null ? part : { ...part, role: 'muted' as const },
    ),
  ]);
  return fit([span(' '), ...hints.slice(1)], columns, cut);
}

/** The pane's own keys first, then those that work everywhere. */
const place = (binding: Binding, scopes: readonly string[]): number =>
  binding.scopes.includes('global') ? scopes.length : 0;

function prompt(state: State, columns: number, cut: string): Line {
  const { typing } = state;
  if (typing === null) return [];
  const known = VIEWS.flatMap(({ prompts }) => prompts).find(({ id }) => id === typing.prompt);
  const label = ` ${known?.label(state) ?? ''} /`;
  const hints: Line = [
    span('Enter', 'key'),
    span(' keep  '),
    span('Esc', 'key'),
    span(` cancel  ${known?.hint ?? ''} `),
  ];
  const room = Math.max(10, columns - label.length - lineWidth(hints) - 2);
  const left: Line = [span(label, 'accent'), ...fieldSpans(typing.field, room)];
  const space = columns - lineWidth(left) - lineWidth(hints);
  return space < 1 ? fit(left, columns, cut) : [...left, span(' '.repeat(space)), ...hints];
}
