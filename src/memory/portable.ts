import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { errnoCode, errnoText } from '../registry/errno.ts';
import { ProblemError } from '../registry/problem.ts';
import { type Memory, normalizeTags } from './memory.ts';
import { idSchema, tagsSchema, textSchema } from './schemas.ts';

/** Version of the export format; a higher one is refused. */
const FORMAT = 1;

const exported = z.object({
  version: z.literal(FORMAT, `only version ${FORMAT} is known here`),
  exportedAt: z.string().optional(),
  memories: z.array(
    z.object({
      id: idSchema,
      text: textSchema,
      tags: tagsSchema.default([]).transform(normalizeTags),
      createdAt: z.iso
        .datetime({ offset: true, error: 'expected a time such as 2026-01-31T12:00:00Z' })
        .transform((time) => new Date(time).toISOString()),
    }),
    { error: 'expected a list of memories' },
  ),
});

/** Stands for standard input or output on the command line. */
const STANDARD = '-';

/**
 * Writes all memories as JSON to `target`, a file (0600, replaced as a whole) or `-` for standard output.
 *
 * @throws ProblemError when it cannot be written
 */
export async function exportTo(target: string, memories: readonly Memory[]): Promise<void> {
  if (target === STANDARD) {
    await pipeline(Readable.from(lines(memories)), process.stdout, { end: false }).catch(unlessClosed);
    return;
  }
  const draft = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await pipeline(Readable.from(lines(memories)), createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
    await rename(draft, target);
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw new ProblemError({ what: `The memories cannot be written to ${target}`, why: errnoText(error) });
  }
}

/**
 * Reads memories that {@link exportTo} wrote, from a file or `-` for standard input.
 *
 * @throws ProblemError when it cannot be read or is no such export, naming the first thing that is wrong
 */
export async function importFrom(source: string): Promise<Memory[]> {
  const name = source === STANDARD ? 'Standard input' : source;
  const wrong = (what: string, why: string) =>
    new ProblemError({ what: `${name} ${what}`, why, next: 'give a file that --export wrote' });
  let content: string;
  try {
    content = await text(source === STANDARD ? process.stdin : createReadStream(source));
  } catch (error) {
    throw wrong('cannot be read', errnoText(error));
  }
  let document: unknown;
  try {
    document = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch {
    throw wrong('is not an export of memories', 'it is not JSON');
  }
  const checked = exported.safeParse(document);
  if (checked.success) return checked.data.memories;
  const [issue] = checked.error.issues;
  throw wrong('is not an export of memories', `${issue?.path.join('.') || 'the document'}: ${issue?.message}`);
}

/** Who reads only the beginning (`| head`) has got what they wanted. */
function unlessClosed(error: unknown): void {
  if (errnoCode(error) !== 'EPIPE') throw error;
}

/** One memory per line, so that two exports can be compared. */
function* lines(memories: readonly Memory[]): Generator<string> {
  yield `{"version":${FORMAT},"exportedAt":${JSON.stringify(new Date().toISOString())},"memories":[`;
  for (const [index, { id, text: content, tags, createdAt }] of memories.entries()) {
    yield `${index === 0 ? '' : ','}\n${JSON.stringify({ id, text: content, tags, createdAt })}`;
  }
  yield '\n]}\n';
}
