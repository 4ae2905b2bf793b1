/** A memory, from whichever server. */
export interface MemoryLine {
  /** What `forget` takes. */
  readonly id: string;
  readonly text: string;
  /** ISO 8601 as the server has it; null when it does not say. */
  readonly createdAt: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The memories of an answer, null when it is none that we know. Servers have them as structured content or as JSON in a
 * text: a list, or one below `memories` or `results` (`{id, text | memory, createdAt | created_at}`), or the entities of a
 * graph (`{name, observations}`).
 */
export function memoriesIn(result: Fields): MemoryLine[] | null {
  const structured = listIn(result.structuredContent);
  if (structured !== null) return structured;
  const content: readonly unknown[] = Array.isArray(result.content) ? result.content : [];
  const texts = content.flatMap((part) => (isFields(part) && typeof part.text === 'string' ? [part.text] : []));
  return texts.length === 1 ? listIn(json(texts[0] ?? '')) : null;
}

function listIn(value: unknown): MemoryLine[] | null {
  const list = isFields(value) ? (value.memories ?? value.results ?? value.entities) : value;
  if (!Array.isArray(list)) return null;
  const items: readonly unknown[] = list;
  const lines = items.map(lineOf);
  return lines.every((line) => line !== null) ? lines : null;
}

function lineOf(item: unknown): MemoryLine | null {
  if (!isFields(item)) return null;
  const { id, name, text, memory, content, observations } = item;
  const key = id ?? name;
  const said = Array.isArray(observations) ? observations.join('\n') : (text ?? memory ?? content);
  if ((typeof key !== 'string' && typeof key !== 'number') || typeof said !== 'string') return null;
  const at = item.createdAt ?? item.created_at;
  return { id: String(key), text: said, createdAt: typeof at === 'string' ? at : null };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
