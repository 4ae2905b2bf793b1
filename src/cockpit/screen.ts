import type { World } from './binding.ts';
import { drawForm } from './form/draw-form.ts';
import { footer } from './frame/footer.ts';
import { banners, header } from './frame/header.ts';
import { layout, type PaneBox, pageBox } from './frame/layout.ts';
import { notice } from './frame/notice.ts';
import { type OverlayBox, overlayBox } from './frame/overlay.ts';
import { pageLines, pageTitle } from './frame/page.ts';
import { frameGlyphs, frameRole, type RulePlace, type RuleText, rule } from './frame/rules.ts';
import type { Overlay, State } from './state.ts';
import { fit, type Line, lineWidth, type Span, sliceLine, span } from './text/line.ts';
import { tame } from './text/tame.ts';
import { VIEWS } from './views/views.ts';

/** One pane: the rule above it, then exactly `height` rows, between two sides where it is framed. */
export interface ScreenPane {
  readonly id: string;
  readonly rule: Line | null;
  readonly rows: readonly Line[];
  readonly width: number;
  readonly height: number;
  readonly side: Span | null;
}

/** Everything there is to draw, from top to bottom. Together never taller than the terminal. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly above: readonly Line[];
  readonly panes: readonly ScreenPane[];
  readonly below: readonly Line[];
  readonly overlay: OverlayBox | null;
}

/** The screen as data: what Ink then lays out. Pure. */
export function drawScreen(state: State, world: World): Screen {
  const { columns, rows } = state.size;
  const { kind } = layout(state);
  const { glyphs } = world;
  if (kind === 'notice') {
    const text = `The cockpit needs 40x8; this is ${columns}x${rows}.`;
    return { columns, rows, above: [fit([span(text)], columns, glyphs.cut)], panes: [], below: [], overlay: null };
  }
  const cover = coverOf(state);
  const panes = cover === null ? viewPanes(state, world) : [coverPane(cover, state, world)];
  const report = notice(state, glyphs);
  const keys = footer(state, world.bindings, glyphs);
  const isFramed = kind === 'framed';
  return {
    columns,
    rows,
    above: kind === 'borderless' && cover === null ? [] : [header(state, glyphs), ...banners(state, glyphs)],
    panes,
    below: isFramed
      ? [bottomRule(state, world, report), keys]
      : [state.typing !== null || report.length === 0 ? keys : fit([span(' '), ...report], columns, glyphs.cut)],
    overlay: overlayBox(state, world),
  };
}

function viewPanes(state: State, world: World): readonly ScreenPane[] {
  const { kind, panes } = layout(state);
  return panes.flatMap((box, index) => {
    const view = VIEWS.find(({ id }) => id === box.view);
    if (view === undefined) return [];
    const focused = state.focus === view.id;
    const { left, right } = view.title(state, world, focused);
    const name = span(`${view.key} ${view.name}`, focused ? 'title' : 'text');
    const title: RuleText = { left: left.length === 0 ? [name] : [name, span(': '), ...left], right };
    const rows = view.draw(state, world, box, focused);
    const place = index === 0 ? 'top' : 'divider';
    return [
      pane(
        state,
        world,
        box,
        rows,
        kind === 'borderless' ? null : titleRule(state, world, title, place, focused),
        focused,
      ),
    ];
  });
}

/** What takes the place of the panes: the topmost page or form. */
function coverOf(state: State): (Overlay & { kind: 'page' | 'form' }) | null {
  const found = state.overlays.findLast(({ kind }) => kind === 'page' || kind === 'form');
  return found?.kind === 'page' || found?.kind === 'form' ? found : null;
}

function coverPane(overlay: Overlay & { kind: 'page' | 'form' }, state: State, world: World): ScreenPane {
  return overlay.kind === 'page' ? pagePane(overlay, state, world) : formPane(overlay, state, world);
}

function formPane({ form }: Overlay & { kind: 'form' }, state: State, world: World): ScreenPane {
  const box = pageBox(state);
  const name = tame(form.tool.name, 80);
  const title: RuleText = {
    left: [span(`${name} of ${form.server}`, 'title')],
    right: [span('Esc', 'key'), span(' back')],
  };
  const rows = drawForm(form, world, box.width, box.height);
  return pane(state, world, { view: state.focus, ...box }, rows, titleRule(state, world, title, 'top', true), true);
}

function pagePane(overlay: Overlay & { kind: 'page' }, state: State, world: World): ScreenPane {
  const box = pageBox(state);
  const lines = pageLines(overlay.topic, state, world, box.width);
  const last = Math.max(0, lines.length - box.height);
  const top = Math.min(overlay.top, last);
  const place = last === 0 ? 'all' : top === last ? 'end' : `${Math.round((top / last) * 100)}%`;
  const title: RuleText = {
    left: [span(pageTitle(overlay.topic, state), 'title')],
    right: [span(`${place}  `), span('Esc', 'key'), span(' back')],
  };
  const rows = lines.slice(top, top + box.height);
  return pane(state, world, { view: state.focus, ...box }, rows, titleRule(state, world, title, 'top', true), true);
}

function pane(
  state: State,
  { glyphs }: World,
  box: PaneBox,
  rows: readonly Line[],
  title: Line | null,
  focused: boolean,
): ScreenPane {
  const side = layout(state).kind === 'framed' ? span(frameGlyphs(glyphs, focused).vertical, frameRole(focused)) : null;
  const { view: id, width, height } = box;
  return { id, rule: title, rows: rows.slice(0, height).map((line) => within(line, width)), width, height, side };
}

/** Views fit their rows; one that does not must not push the frame aside. */
const within = (line: Line, width: number): Line => (lineWidth(line) > width ? sliceLine(line, 0, width) : line);

function titleRule(state: State, { glyphs }: World, text: RuleText, place: RulePlace, focused: boolean): Line {
  const { columns } = state.size;
  const { horizontal, topLeft, topRight } = frameGlyphs(glyphs, focused);
  if (layout(state).kind !== 'framed')
    return rule([horizontal, horizontal], horizontal, frameRole(focused), text, columns, glyphs.cut);
  if (place === 'top') return rule([topLeft, topRight], horizontal, frameRole(focused), text, columns, glyphs.cut);
  const upper = !focused && state.focus === layout(state).panes[0]?.view;
  const ends = glyphs.divider[focused ? 'lower' : upper ? 'upper' : 'none'];
  const heavy = focused || upper;
  const bar = heavy ? glyphs.heavy.horizontal : glyphs.light.horizontal;
  return rule(ends, bar, frameRole(heavy), text, columns, glyphs.cut);
}

function bottomRule(state: State, { glyphs }: World, report: Line): Line {
  const focused = coverOf(state) !== null || state.focus === layout(state).panes.at(-1)?.view;
  const { horizontal, bottomLeft, bottomRight } = frameGlyphs(glyphs, focused);
  const text: RuleText = { left: report, right: [] };
  return rule([bottomLeft, bottomRight], horizontal, frameRole(focused), text, state.size.columns, glyphs.cut);
}
