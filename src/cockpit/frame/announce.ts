import { problemSentence } from '../../registry/problem.ts';
import type { UnitView } from '../../supervisor/api.ts';
import type { World } from '../binding.ts';
import { formWords } from '../form/draw-form.ts';
import { after as behind, NEWEST } from '../logs/log-lines.ts';
import type { Overlay, State, Topic } from '../state.ts';
import { plain } from '../text/line.ts';
import { tame } from '../text/tame.ts';
import { streamKey, streamServers, streamState } from '../views/logs/stream.ts';
import { currentLine, lineAway } from '../views/logs/window.ts';
import { selectedServer, shownServers, unitOf } from '../views/servers/select.ts';
import { stateWords } from '../views/servers/unit-state.ts';
import { callWords } from '../views/tools/page.ts';
import { VIEWS } from '../views/views.ts';
import { header } from './header.ts';
import { pageLines, pageTitle } from './page.ts';
import { PICKERS, pickerItems } from './picker.ts';

/** What has to be said when the cockpit went from one state to another. */
type Saying = (before: State, after: State, world: World) => readonly string[];

/** Of a log that runs, at most so many lines are read out at once. */
const LINES_AT_ONCE = 8;
const PAGE_WIDTH = 200;

const trimmed = (text: string): string => text.replace(/\s+/g, ' ').trim();

function unitWords(unit: UnitView, now: number): string {
  const cause = unit.cause === null ? '' : `: ${problemSentence(unit.cause)}`;
  return trimmed(`${unit.name} ${stateWords(unit, now)}${cause}`);
}

const summary = (state: State, { glyphs }: World): string => trimmed(plain(header(state, glyphs)));

const links: Saying = ({ link: before }, state, world) => {
  if (state.link.status === before.status) return [];
  if (state.link.status === 'lost') return [`the supervisor is gone (${state.link.reason}), reconnecting`];
  return [summary(state, world)];
};

const states: Saying = (before, { units, now }) =>
  units.flatMap((unit) => {
    const known = unitOf(before, unit.name);
    return known === undefined || known.state === unit.state ? [] : [unitWords(unit, now)];
  });

const messages: Saying = (before, { messages: all }) => {
  const last = before.messages.at(-1)?.id ?? 0;
  return all.flatMap(({ id, server, text }) =>
    id <= last ? [] : [trimmed(server === null ? text : `${server}: ${text}`)],
  );
};

function pageWords(topic: Topic, state: State, world: World): readonly string[] {
  const lines = pageLines(topic, state, world, PAGE_WIDTH).map((line) => plain(line).trim());
  return lines.filter((line) => line !== '');
}

function overlayWords(overlay: Overlay, state: State, world: World): readonly string[] {
  if (overlay.kind === 'page') {
    return [`${pageTitle(overlay.topic, state)}. Esc goes back.`, ...pageWords(overlay.topic, state, world)];
  }
  if (overlay.kind === 'confirm') {
    const { title, text, yes } = overlay.question;
    return [`${title} ${text.join(' ')} y: ${yes}. Esc: cancel.`];
  }
  if (overlay.kind === 'form') {
    const { tool, server } = overlay.form;
    return [`Form of ${tame(tool.name, 128)} of ${server}. Tab goes on, Esc goes back.`];
  }
  const { title, enter } = PICKERS[overlay.picker];
  return [`${title}. Type to filter, Enter ${enter}, Esc closes.`];
}

function rowWords(overlay: Overlay, state: State, world: World): readonly string[] {
  if (overlay.kind === 'form') return [formWords(overlay.form)];
  if (overlay.kind !== 'picker') return [];
  const items = pickerItems(overlay, state, world);
  const item = items[overlay.index];
  if (item === undefined) return [PICKERS[overlay.picker].empty];
  const note = item.note === '' ? '' : `: ${item.note}`;
  return [trimmed(`${item.lead} ${item.text}${note}, ${overlay.index + 1} of ${items.length}`)];
}

const overlays: Saying = (before, state, world) => {
  const overlay = state.overlays.at(-1);
  if (overlay === undefined || overlay === before.overlays.at(-1)) return [];
  const isNew = state.overlays.length !== before.overlays.length;
  return [...(isNew ? overlayWords(overlay, state, world) : []), ...rowWords(overlay, state, world)];
};

/** What a page shows when its answer has come: the lines that were not there before. */
const answers: Saying = (before, state, world) => {
  const overlay = state.overlays.at(-1);
  const isSame = overlay === before.overlays.at(-1) && before.servers.detail === null && state.servers.detail !== null;
  if (overlay?.kind !== 'page' || !isSame) return [];
  const known = new Set(pageWords(overlay.topic, before, world));
  return pageWords(overlay.topic, state, world).filter((line) => !known.has(line));
};

const prompts: Saying = (before, state) => {
  if (state.typing === null || state.typing === before.typing) return [];
  const { prompt: id, field } = state.typing;
  const label =
    VIEWS.flatMap((view) => view.prompts)
      .find((prompt) => prompt.id === id)
      ?.label(state) ?? '';
  const shown = state.focus === 'servers' ? `, ${shownServers(state).length} of ${state.units.length} servers` : '';
  return [`${label}: ${field.text}${shown}`];
};

const focus: Saying = (before, state) => {
  const isBack = before.overlays.length > 0 && state.overlays.length === 0;
  if (before.focus === state.focus && !isBack) return [];
  const name = VIEWS.find(({ id }) => id === state.focus)?.name ?? '';
  if (state.focus !== 'logs') return [name];
  return [`${name} of ${streamServers(state).join(', ')}, ${streamState(state).follow ? 'following' : 'paused'}`];
};

const selection: Saying = (before, state) => {
  const { selected, marked } = state.servers;
  const isSame =
    selected === before.servers.selected && state.focus === before.focus && marked === before.servers.marked;
  const unit = selectedServer(state);
  if (isSame || state.focus !== 'servers' || unit === null) return [];
  const shown = shownServers(state);
  const place = `${shown.indexOf(unit) + 1} of ${shown.length}`;
  return [`${unitWords(unit, state.now)}${marked.has(unit.name) ? ', marked' : ''}, ${place}`];
};

const sorting: Saying = (before, { servers: { sort } }) => (sort === before.servers.sort ? [] : [`sorted by ${sort}`]);

/** The selected row of a view that has the frame to itself. */
const spoken: Saying = (before, state) => {
  const view = VIEWS.find(({ id }) => id === state.focus);
  const words = state.overlays.length > 0 ? null : (view?.spoken?.(state) ?? null);
  if (words === null || (before.focus === state.focus && view?.spoken?.(before) === words)) return [];
  return [trimmed(words)];
};

/** What became of a call, and what its page then shows. */
const calls: Saying = (before, state, world) => {
  const { call } = state.tools;
  if (call === null || call.outcome === null || call.outcome === before.tools.call?.outcome) return [];
  const isOpen = state.overlays.some((overlay) => overlay.kind === 'page' && overlay.topic.type === 'call');
  return isOpen ? [callWords(call), ...pageWords({ type: 'call' }, state, world)] : [];
};

/** The line of the cursor; while following, what was written since the last time. */
const logLines: Saying = (before, state, { lines }) => {
  if (state.focus !== 'logs' || state.overlays.length > 0) return [];
  const { follow, cursor } = streamState(state);
  if (!follow) {
    const line = currentLine(state, lines);
    return line === null || cursor === streamState(before).cursor ? [] : [line.line.plain];
  }
  const isSame = before.focus === 'logs' && streamKey(before) === streamKey(state) && streamState(before).follow;
  return isSame ? newLines(before, state, lines) : [newestLine(state, lines) ?? 'nothing was written yet'];
};

const newestLine = (state: State, lines: World['lines']): string | null =>
  lineAway(state, lines, NEWEST, -1)?.line.plain ?? null;

function newLines(before: State, state: State, lines: World['lines']): readonly string[] {
  if (before.logs.version === state.logs.version) return [];
  const seen = before.logs.newest;
  // The first that is known of any log: what was in the file before.
  if (seen === null) return [newestLine(state, lines)].filter((line) => line !== null);
  const texts = Array.from(lines.forward(streamServers(state), behind(seen)), ({ line }) => line.plain);
  const left = texts.length - LINES_AT_ONCE;
  return left > 0 ? [`${left} lines`, ...texts.slice(-LINES_AT_ONCE)] : texts;
}

const SAYINGS: readonly Saying[] = [
  links,
  states,
  messages,
  overlays,
  answers,
  prompts,
  focus,
  selection,
  spoken,
  calls,
  sorting,
  logLines,
];

/** The difference between two states as sentences to be read out, for a screen reader: nothing is ever drawn over. */
export function announce(before: State | null, after: State, world: World): readonly string[] {
  if (before === null) return [`${summary(after, world)}. ? lists the keys.`];
  return SAYINGS.flatMap((say) => say(before, after, world));
}
