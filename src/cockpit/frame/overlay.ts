import type { World } from '../binding.ts';
import type { Overlay, State } from '../state.ts';
import { fit, type Line, lineWidth, type Span, span } from '../text/line.ts';
import { oneLine } from '../text/one-line.ts';
import { pad, truncateEnd } from '../text/truncate.ts';
import { textWidth } from '../text/width.ts';
import type { Role } from '../theme/role.ts';
import { fieldSpans } from './field-spans.ts';
import { PICKERS, type PickerItem, pickerItems } from './picker.ts';
import { frameRole, rule } from './rules.ts';

/** Something drawn over the panes, its frame included. */
export interface OverlayBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly rows: readonly Line[];
}

const WIDEST = 96;

/** Puts rows into a frame, in the middle of the screen (lists: a third down, so that they grow downwards). */
function boxed(
  state: State,
  { glyphs }: World,
  width: number,
  title: string,
  note: Line,
  content: readonly Line[],
): OverlayBox {
  const { columns, rows } = state.size;
  const { heavy, cut } = glyphs;
  const role = frameRole(true);
  const inner = width - 2;
  const side = span(heavy.vertical, role);
  return {
    left: Math.max(0, Math.floor((columns - width) / 2)),
    top: Math.max(Math.min(1, rows - content.length - 2), Math.floor((rows - content.length - 2) / 3)),
    width,
    rows: [
      rule(
        [heavy.topLeft, heavy.topRight],
        heavy.horizontal,
        role,
        { left: [span(title, 'title')], right: note },
        width,
        cut,
      ),
      ...content.map((line) => [side, ...fit(line, inner, cut), side]),
      rule([heavy.bottomLeft, heavy.bottomRight], heavy.horizontal, role, { left: [], right: [] }, width, cut),
    ],
  };
}

const ITEM_ROLES: Readonly<Record<NonNullable<PickerItem['level']>, Role>> = {
  disabled: 'text',
  info: 'text',
  warn: 'warn',
  error: 'error',
};

function itemLine(
  item: PickerItem,
  index: number,
  lead: number,
  isSelected: boolean,
  width: number,
  cut: string,
): Line {
  const digit = index < 9 ? String(index + 1) : ' ';
  const room = Math.max(4, width - lead - 6);
  const note = item.note === '' ? '' : `  ${truncateEnd(item.note, Math.max(8, room - textWidth(item.text) - 2), cut)}`;
  const parts: Span[] = [
    span(` ${digit} `, 'muted'),
    span(`${pad(item.lead, lead, 'left')}  `, item.level === 'disabled' ? 'text' : 'key'),
    span(item.text, item.level === null ? 'text' : ITEM_ROLES[item.level]),
    span(note, item.level === 'disabled' ? 'warn' : 'label'),
  ];
  const line = fit(parts, width, cut);
  return isSelected ? line.map(({ text }) => span(text, 'selected')) : line;
}

function drawPicker(overlay: Overlay & { kind: 'picker' }, state: State, world: World): OverlayBox {
  const { glyphs } = world;
  const width = Math.min(WIDEST, state.size.columns - 2);
  const inner = width - 2;
  const { title, empty, enter } = PICKERS[overlay.picker];
  const items = pickerItems(overlay, state, world).map((item) => ({
    ...item,
    text: oneLine(item.text, glyphs),
    note: oneLine(item.note, glyphs),
  }));
  const height = Math.max(1, Math.min(items.length, state.size.rows - 6));
  const index = Math.max(0, Math.min(overlay.index, items.length - 1));
  const from = Math.max(0, Math.min(index - Math.floor(height / 2), items.length - height));
  const lead = Math.max(1, ...items.map(({ lead: text }) => textWidth(text)));
  const shown = items.slice(from, from + height).map((item, offset) => {
    return itemLine(item, from + offset, lead, from + offset === index, inner, glyphs.cut);
  });
  const note: Line = [span('Enter', 'key'), span(` ${enter}  `), span('Esc', 'key'), span(' closes')];
  const query: Line = [span(` ${glyphs.pointer} `, 'accent'), ...fieldSpans(overlay.field, inner - 4)];
  const rows = items.length === 0 ? [[span(` ${empty}`)]] : shown;
  return boxed(state, world, width, title, note, [query, ...rows]);
}

function drawQuestion(overlay: Overlay & { kind: 'confirm' }, state: State, world: World): OverlayBox {
  const { question, yes } = overlay;
  const button = (label: string, chosen: boolean): Span => span(` ${label} `, chosen ? 'selected' : 'text');
  const answers: Line = [button('Cancel', !yes), span('   '), button(question.yes, yes)];
  const keys: Line = [span('y', 'key'), span(' yes  '), span('Esc', 'key'), span(' cancel')];
  const widest = Math.max(
    textWidth(question.title) + 4,
    lineWidth(answers) + lineWidth(keys) + 3,
    ...question.text.map(textWidth),
    36,
  );
  const width = Math.min(state.size.columns - 2, widest + 6);
  const text = question.text.map((row): Line => [span(`  ${row}`)]);
  const gap = Math.max(2, width - 4 - lineWidth(answers) - lineWidth(keys));
  const bottom: Line = [span('  '), ...answers, span(' '.repeat(gap)), ...keys];
  return boxed(state, world, width, question.title, [], [[], ...text, [], bottom]);
}

/** The box of the topmost overlay; null where that takes the panes' place instead. */
export function overlayBox(state: State, world: World): OverlayBox | null {
  const overlay = state.overlays.at(-1);
  if (overlay?.kind === 'picker') return drawPicker(overlay, state, world);
  return overlay?.kind === 'confirm' ? drawQuestion(overlay, state, world) : null;
}
