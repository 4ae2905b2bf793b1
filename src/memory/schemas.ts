import * as z from 'zod';
import { byteLength, MAX_ID_LENGTH, MAX_TAG_LENGTH, MAX_TAGS, MAX_TEXT_BYTES } from './memory.ts';

/** Shapes of everything that comes in or goes out; their descriptions are what a model reads. */

const TOO_LONG = 'longer than 64 kB (65,536 bytes of UTF-8): save a summary, or split it into several memories';

export const textSchema = z
  .string({ error: 'required: the text to remember, as a string' })
  .refine((text) => text.trim() !== '', 'empty: give the text to remember')
  .refine((text) => byteLength(text) <= MAX_TEXT_BYTES, TOO_LONG)
  .meta({ minLength: 1, maxLength: MAX_TEXT_BYTES });

export const tagsSchema = z
  .array(z.string().max(MAX_TAG_LENGTH, `a tag has at most ${MAX_TAG_LENGTH} characters`), {
    error: 'expected a list of strings, such as ["work", "project-x"]',
  })
  .max(MAX_TAGS, `at most ${MAX_TAGS} tags`);

export const idSchema = z
  .string({ error: 'required: the id of a memory, as search_memory and list_memories show it' })
  .min(1, 'empty: give the id of a memory, as search_memory and list_memories show it')
  .max(MAX_ID_LENGTH, `an id has at most ${MAX_ID_LENGTH} characters`);

const limitOf = (normal: number) =>
  z
    .int({ error: 'expected a whole number from 1 to 100' })
    .min(1, 'at least 1')
    .max(100, 'at most 100: use several calls for more')
    .default(normal)
    .describe(`How many memories at most, 1 to 100 (default ${normal}).`);

export const saveInput = z.object({
  text: textSchema.describe(
    'What to remember: one fact, preference, decision or note, complete enough to be understood on its own. At most 64 kB.',
  ),
  tags: tagsSchema
    .optional()
    .describe('Labels to find it by, such as ["preference", "project-x"]. Case does not matter.'),
});

export const searchInput = z.object({
  query: z
    .string({ error: 'required: words to look for, as a string' })
    .describe('Words to look for; any text will do. Memories with more of them, and rarer ones, come first.'),
  limit: limitOf(10),
});

export const listInput = z.object({
  limit: limitOf(20),
  offset: z
    .int({ error: 'expected a whole number' })
    .min(0, 'at least 0')
    .default(0)
    .describe('How many of the newest to skip: the nextOffset of the page before.'),
  tag: z.string().max(MAX_TAG_LENGTH).optional().describe('Only memories with this tag.'),
});

export const deleteInput = z.object({
  id: idSchema.describe('The id of the memory, as search_memory and list_memories show it.'),
});

const memory = z.object({
  id: z.string(),
  text: z.string(),
  tags: z.array(z.string()),
  createdAt: z.string().describe('ISO 8601, UTC.'),
});

export const saveOutput = memory.omit({ text: true });

export const searchOutput = z.object({
  memories: z
    .array(memory.extend({ score: z.number().describe('Relevance: higher is better.') }))
    .describe('Best first.'),
});

export const listOutput = z.object({
  memories: z.array(memory).describe('Newest first.'),
  total: z.int().describe('How many there are in all.'),
  nextOffset: z.int().nullable().describe('The offset of the next page; null on the last one.'),
});

export const deleteOutput = z.object({ id: z.string() });
