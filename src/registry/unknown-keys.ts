import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { serverEntrySchema } from './entry.ts';

export interface UnknownKey {
  readonly path: readonly string[];
  /** The known key of the same object that was probably meant. */
  readonly suggestion: string | null;
}

/** Every key of a raw entry that the format does not know, nested objects included, in file order. */
export function unknownKeys(raw: unknown): UnknownKey[] {
  return collect(serverEntrySchema, raw, []);
}

function collect(schema: unknown, value: unknown, path: readonly string[]): UnknownKey[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  if (schema instanceof z.ZodOptional) return collect(schema.unwrap(), value, path);
  if (schema instanceof z.ZodRecord) {
    return Object.entries(value).flatMap(([key, child]) => collect(schema.valueType, child, [...path, key]));
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const chosen = schema.options.find((option) => option instanceof z.ZodObject && matchesType(option, value));
    return collect(chosen, value, path);
  }
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Record<string, unknown> = schema.shape;
  return Object.entries(value).flatMap(([key, child]) => {
    if (Object.hasOwn(shape, key)) return collect(shape[key], child, [...path, key]);
    const absent = Object.keys(shape).filter((known) => !Object.hasOwn(value, known));
    return [{ path: [...path, key], suggestion: didYouMean(key, absent) }];
  });
}

function matchesType(option: z.ZodObject, value: object): boolean {
  const { type } = option.shape;
  if (!(type instanceof z.ZodLiteral) || !('type' in value)) return false;
  return [...type.values].some((literal) => literal === value.type);
}
