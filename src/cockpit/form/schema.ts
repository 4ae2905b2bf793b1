/** A JSON Schema as it came from a server: nothing about it is certain. */
export type Schema = Readonly<Record<string, unknown>>;

/** How many references are followed before a schema counts as one that says nothing. */
const MOST_STEPS = 16;
const ANYTHING: Schema = {};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const asSchema = (value: unknown): Schema => (isObject(value) ? value : ANYTHING);

/** The own members of `properties`, each as a schema. */
export function propertiesOf(schema: Schema): readonly (readonly [string, Schema])[] {
  return isObject(schema.properties)
    ? Object.entries(schema.properties).map(([name, member]) => [name, asSchema(member)] as const)
    : [];
}

export function requiredOf({ required }: Schema): ReadonlySet<string> {
  return new Set(Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []);
}

/** The types a schema names; empty where it names none. */
export function typesOf({ type }: Schema): readonly string[] {
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.filter((one) => typeof one === 'string') : [];
}

/**
 * The schema that is meant: references within the document (`#/…`) followed, what stands beside them kept, an `allOf` of one taken for
 * that one. References to anywhere else say nothing, and nothing is ever fetched.
 */
export function resolve(schema: Schema, root: Schema): Schema {
  let found = schema;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const { $ref, allOf, ...beside } = found;
    if (typeof $ref === 'string') found = { ...at(root, $ref), ...beside, ...(allOf === undefined ? {} : { allOf }) };
    else if (Array.isArray(allOf) && allOf.length === 1) found = { ...asSchema(allOf[0]), ...beside };
    else return found;
  }
  return ANYTHING;
}

function at(root: Schema, reference: string): Schema {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return ANYTHING;
  let found: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return asSchema(found);
}

/** The alternatives of `anyOf` or `oneOf`; null where there are none. */
export function alternativesOf(schema: Schema): readonly Schema[] | null {
  const listed = schema.anyOf ?? schema.oneOf;
  return Array.isArray(listed) && listed.length > 0 ? listed.map(asSchema) : null;
}
