import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editForm, pasteForm } from '../../../src/cockpit/form/edit.ts';
import { fieldsOf } from '../../../src/cockpit/form/fields.ts';
import { type Form, moveFocus, openForm, showWrong, switchRaw, verdictOf } from '../../../src/cockpit/form/form.ts';
import { collect, fill } from '../../../src/cockpit/form/values.ts';
import { FORECAST, tool } from '../staged-hub.ts';

const kinds = (inputSchema: Record<string, unknown>) => fieldsOf(inputSchema).map(({ label, kind }) => [label, kind]);
const type = (form: Form, text: string): Form => [...text].reduce((now, key) => editForm(now, key) ?? now, form);
const argsOf = (form: Form) => verdictOf(form).args;
const at = (form: Form, label: string): Form => ({
  ...form,
  focus: form.fields.findIndex((field) => field.label === label),
});
const wrongs = (form: Form) =>
  Object.fromEntries([...verdictOf(form).byField].map(([index, words]) => [form.fields[index]?.label, words]));

describe('fields', () => {
  test('are made of every kind of member, objects one level deep', () => {
    expect(kinds(FORECAST.inputSchema)).toEqual([
      ['city', 'text'],
      ['days', 'number'],
      ['unit', 'choice'],
      ['wind', 'choice'],
      ['hours', 'list'],
      ['near.lat', 'number'],
      ['near.lon', 'number'],
      ['near.box', 'json'],
    ]);
    expect(
      fieldsOf(FORECAST.inputSchema)
        .filter(({ required }) => required)
        .map(({ label }) => label),
    ).toEqual(['city', 'days']);
  });

  test('see through references, alternatives with null, and schemas that say little', () => {
    const schema = {
      $defs: { color: { enum: ['red', 'green'] }, spot: { type: 'object', properties: { x: { type: 'number' } } } },
      properties: {
        color: { $ref: '#/$defs/color' },
        spot: { allOf: [{ $ref: '#/$defs/spot' }] },
        age: { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null },
        name: { type: ['string', 'null'] },
        free: {},
        things: { type: 'array', items: { type: 'object' } },
        either: { type: ['string', 'number'] },
        exact: { const: 'v1' },
      },
    };
    expect(kinds(schema)).toEqual([
      ['color', 'choice'],
      ['spot.x', 'number'],
      ['age', 'number'],
      ['name', 'text'],
      ['free', 'any'],
      ['things', 'json'],
      ['either', 'any'],
      ['exact', 'choice'],
    ]);
  });

  test('of a hostile schema are safe and few', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`p${index}`, { type: 'string' }]),
    );
    expect(fieldsOf({ properties })).toHaveLength(200);
    const [field] = fieldsOf({
      properties: { 'a\u001B[2Jb': { description: 'x\u001B]0;t\u0007\n\u202Ey', enum: ['\u001B[31mred'] } },
    });
    expect(field).toMatchObject({
      label: 'ab',
      description: 'x y',
      choices: [{ label: 'red', value: '\u001B[31mred' }],
    });
    expect(fieldsOf({ properties: 'no' })).toEqual([]);
    const named = JSON.parse('{"properties": {"__proto__": {"type": "string"}}}');
    const form = type(openForm('a', tool('t', { inputSchema: named }), null), 'x');
    expect(JSON.stringify(argsOf(form))).toBe('{"__proto__":"x"}');
  });
});

describe('values', () => {
  test('are what the fields say; an empty field is left out', () => {
    let form = openForm('weather', FORECAST, null);
    expect(argsOf(form)).toEqual({ days: 3 });
    form = type(form, 'Oslo');
    form = type(at(form, 'hours'), '6, 12,18');
    form = type(at(form, 'near.lat'), '59.9');
    form = type(at(form, 'near.lon'), '-1e1');
    form = type(at(form, 'wind'), 't');
    form = type(at(form, 'unit'), 'f');
    expect(argsOf(form)).toEqual({
      city: 'Oslo',
      days: 3,
      unit: 'fahrenheit',
      wind: true,
      hours: [6, 12, 18],
      near: { lat: 59.9, lon: -10 },
    });
    expect(verdictOf(form)).toMatchObject({ general: null });
    expect(wrongs(form)).toEqual({});
  });

  test('that are wrong are told in one sentence each, and the first gets the focus', () => {
    let form = at(openForm('weather', FORECAST, null), 'days');
    form = type(form, '0');
    form = type(at(form, 'hours'), '7, 25');
    form = type(at(form, 'near.lat'), 'north');
    expect(wrongs(form)).toEqual({
      city: 'is needed',
      days: 'must be at most 14',
      hours: 'item 2 must be at most 23',
      'near.lat': 'must be a number, and "north" is none',
    });
    expect(showWrong(form).focus).toBe(0);
  });

  test('the empty text is two quotes; an object that is needed is sent though empty', () => {
    const schema = {
      required: ['note', 'options'],
      properties: { note: { type: 'string' }, options: { type: 'object', properties: { deep: { type: 'boolean' } } } },
    };
    const form = type(openForm('a', tool('t', { inputSchema: schema }), null), '""');
    expect(argsOf(form)).toEqual({ note: '', options: {} });
    expect(wrongs(form)).toEqual({});
  });

  test('the fields stand for any arguments exactly, or say that they cannot', () => {
    const fields = fieldsOf(FORECAST.inputSchema);
    const text = fc.oneof(fc.string(), fc.constantFrom('""', '', ' a', '[1]', '1,2', '\u001B[2J', 'null'));
    const args = fc.record(
      {
        city: text,
        days: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), text),
        unit: fc.constantFrom('celsius', 'other'),
        wind: fc.boolean(),
        hours: fc.oneof(fc.array(fc.integer()), fc.array(text)),
        near: fc.oneof(
          fc.record(
            { lat: fc.double({ noNaN: true }), box: fc.dictionary(text, fc.jsonValue()) },
            { requiredKeys: [] },
          ),
          text,
        ),
        more: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    let filled = 0;
    fc.assert(
      fc.property(args, (given) => {
        const plain: Record<string, unknown> = JSON.parse(JSON.stringify(given));
        const texts = fill(FORECAST.inputSchema, fields, plain);
        if (texts === null) return;
        filled += 1;
        expect(JSON.parse(JSON.stringify(collect(FORECAST.inputSchema, fields, texts).args))).toEqual(plain);
        expect(texts.join('')).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
      }),
      { numRuns: 2_000 },
    );
    expect(filled).toBeGreaterThan(20);
  });
});

describe('raw JSON', () => {
  test('and back, with what was typed', () => {
    const form = type(openForm('weather', FORECAST, null), 'Oslo');
    const raw = switchRaw(form);
    expect(raw?.raw?.text).toBe('{"city":"Oslo","days":3}');
    expect(
      raw &&
        switchRaw(raw)
          ?.texts.map(({ text }) => text)
          .slice(0, 2),
    ).toEqual(['Oslo', '3']);
  });

  test('stays where the fields cannot stand for it', () => {
    const form = openForm('weather', FORECAST, { city: 'Oslo', days: 3, more: [1] });
    expect(form.raw?.text).toContain('"more":[1]');
    expect(switchRaw(form)).toBeNull();
    expect(argsOf(form)).toEqual({ city: 'Oslo', days: 3, more: [1] });
  });

  test.each([
    ['{"city": "Oslo",}', 'this is no JSON: quotes around texts and names, no comma at the end'],
    ['[1]', 'the arguments must be an object: {"name": value}'],
    ['{"days": 3}', 'city is needed'],
  ])('%s: %s', (text, words) => {
    const form = { ...openForm('weather', FORECAST, { more: 1 }) };
    const typed = pasteForm({ ...form, raw: { text: '', cursor: 0 } }, text);
    expect(verdictOf(typed).general).toBe(words);
  });

  test('of somebody else shows no character that a terminal would act on, and means the same', () => {
    const args = { city: '\u001B]52;c;AAAA\u0007\u202E\u{E0041}\u009B' };
    const form = openForm('weather', FORECAST, args);
    expect(form.raw?.text).toMatch(/^[ -~]+$/);
    expect(argsOf(form)).toEqual(args);
  });
});

describe('keys', () => {
  test('letters are text, and move nothing', () => {
    const form = type(openForm('weather', FORECAST, null), 'jq?:S');
    expect(form.texts[0]?.text).toBe('jq?:S');
    expect(form.focus).toBe(0);
  });

  test('a choice goes through its values and back to none', () => {
    let form = at(openForm('weather', FORECAST, null), 'unit');
    const seen = Array.from({ length: 4 }, () => {
      form = editForm(form, 'right') ?? form;
      return form.texts[form.focus]?.text;
    });
    expect(seen).toEqual(['celsius', 'fahrenheit', '', 'celsius']);
    expect(editForm(form, 'backspace')?.texts[form.focus]?.text).toBe('');
  });

  test('the focus goes round over fields and buttons', () => {
    const form = openForm('weather', FORECAST, null);
    const last = moveFocus(form, -1);
    expect(last.focus).toBe(form.fields.length + 3);
    expect(moveFocus(last, 1).focus).toBe(0);
    expect(editForm(last, 'a')).toBeNull();
  });
});
