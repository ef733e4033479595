import type { ValidateFunction } from 'ajv';
import { faultsOfComponents, faultsOfObject } from '../../src/integrations/whatsapp-cloud/content-rules';
import { messageBodyOf } from '../../src/integrations/whatsapp-cloud/whatsapp-request';
import type { MessageWork, SendOrder } from '../../src/modules/messages/message-provider';
import { describeWithSpecification, specificationOf, validatorOf } from './specifications';

const orderOf = (work: MessageWork, other: Partial<SendOrder> = {}): SendOrder => ({
  tenantId: 1,
  messageId: 'msg_1',
  from: { number: '+525555550199', providerId: '106540352242922' },
  to: { address: '+525512345678', waId: null },
  work,
  ...other,
});

const MEDIA = { media: { id: '4490709327384033', fileName: 'contrato.pdf' } };
const COMPONENTS = [
  { type: 'header', parameters: [{ type: 'document', document: { link: 'https://example.com/a.pdf' } }] },
  {
    type: 'body',
    parameters: [
      { type: 'text', text: 'Ana' },
      { type: 'currency', currency: { fallback_value: '$1.00', code: 'MXN', amount_1000: 1000 } },
      { type: 'date_time', date_time: { fallback_value: '25 de noviembre' } },
    ],
  },
  { type: 'button', sub_type: 'quick_reply', index: '2', parameters: [{ type: 'payload', payload: 'YES' }] },
  { type: 'button', sub_type: 'url', index: '3', parameters: [{ type: 'text', text: 'suffix' }] },
];
const LIST = { type: 'list', header: { type: 'text', text: 'H' }, body: { text: 'B' }, footer: { text: 'F' }, action: { button: 'Ver', sections: [{ title: 'S', rows: [{ id: '1', title: 'Uno', description: 'D' }] }] } };
const BUTTONS = { type: 'button', body: { text: '¿Sí?' }, action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Sí' } }] } };
const CONTACTS = [
  {
    name: { formatted_name: 'Luis Prueba', first_name: 'Luis', last_name: 'Prueba' },
    phones: [{ phone: '+525511112222', type: 'WORK', wa_id: '5215511112222' }],
    emails: [{ email: 'luis@example.com', type: 'WORK' }],
    org: { company: 'ACME' },
    addresses: [{ city: 'México', country: 'México', country_code: 'mx', state: 'CDMX', street: 'Reforma 1', type: 'HOME', zip: '06600' }],
    urls: [{ url: 'https://example.com', type: 'WORK' }],
    birthday: '2012-08-18',
  },
];

const WORKS: [string, MessageWork, Partial<SendOrder>][] = [
  ['text', { type: 'text', text: 'Mira https://example.com' }, {}],
  ['text in answer', { type: 'text', text: 'Hola' }, { replyTo: 'wamid.1' }],
  ['image', { type: 'image', fileId: 'file_1', caption: 'Mira' }, MEDIA],
  ['audio', { type: 'audio', fileId: 'file_1' }, MEDIA],
  ['video', { type: 'video', fileId: 'file_1', caption: 'Mira' }, MEDIA],
  ['document', { type: 'document', fileId: 'file_1', caption: 'Lee' }, MEDIA],
  ['sticker', { type: 'sticker', fileId: 'file_1' }, MEDIA],
  ['location', { type: 'location', object: { latitude: 19.4, longitude: -99.1, name: 'Zócalo', address: 'Centro' } }, {}],
  ['contacts', { type: 'contacts', object: CONTACTS }, {}],
  ['interactive, buttons', { type: 'interactive', object: BUTTONS }, {}],
  ['interactive, list', { type: 'interactive', object: LIST }, {}],
  ['reaction', { type: 'reaction', object: { message_id: 'wamid.1', emoji: '😀' } }, {}],
  ['template', { type: 'template', name: 'order_ok', languageCode: 'es_MX', components: COMPONENTS }, {}],
  ['template without components', { type: 'template', name: 'order_ok', languageCode: 'es', components: [] }, {}],
];

describe('a message as WhatsApp is asked for it', () => {
  it('is to the person by the name that WhatsApp gave them, else by the number, and carries our id', () => {
    const body = messageBodyOf(orderOf({ type: 'text', text: 'Hola' }));
    expect(body).toEqual({ messaging_product: 'whatsapp', recipient_type: 'individual', to: '525512345678', biz_opaque_callback_data: 'msg_1', type: 'text', text: { body: 'Hola', preview_url: false } });
    expect(messageBodyOf(orderOf({ type: 'text', text: 'x' }, { to: { address: '+525512345678', waId: '5215512345678' } })).to).toBe('5215512345678');
    expect(messageBodyOf(orderOf({ type: 'text', text: 'x' }, { to: { address: 'MX.abc1', waId: null } })).to).toBe('MX.abc1');
  });

  it('is passed by our own rules, too', () => {
    for (const [, work] of WORKS) {
      if ('object' in work) expect(faultsOfObject(work.type, work.object)).toEqual([]);
      if (work.type === 'template') expect(faultsOfComponents(work.components)).toEqual([]);
    }
  });

  it('rules say of what is wrong where, and what is allowed', () => {
    expect(faultsOfObject('interactive', { type: 'riddle' })).toEqual([{ path: 'type', message: expect.stringMatching(/"riddle" is unknown: must be one of button, list, cta_url/) }]);
    expect(faultsOfObject('interactive', { ...BUTTONS, action: { buttons: [BUTTONS.action.buttons[0], BUTTONS.action.buttons[0]] } })).toEqual([{ path: 'action.buttons', message: 'must have each id only once' }]);
    expect(faultsOfComponents([{ type: 'body', parameters: [{ type: 'image', image: { id: '1' } }] }])).toEqual([{ path: '[0].parameters[0].type', message: '"image" is unknown: must be one of text, currency, date_time' }]);
    expect(faultsOfObject('location', { latitude: 'x', longitude: 1 })).toEqual([{ path: 'latitude', message: 'must be a number' }]);
    expect(faultsOfObject('reaction', null)).toEqual([{ path: '', message: 'must be an object' }]);
  });
});

type Schema = Record<string, unknown>;

/** What the schemas do not name, and the specification's own examples and WhatsApp's documentation do. */
const UNNAMED = new Set(['biz_opaque_callback_data', 'caption', 'filename']);
/** The pattern of index excludes 0 and takes commas; the schema of a location wants its numbers as text. */
const MISTAKEN: Record<string, (schema: Schema) => Schema> = {
  index: () => ({ type: 'string', pattern: '^[0-9]$' }),
  latitude: () => ({ type: ['number', 'string'] }),
  longitude: () => ({ type: ['number', 'string'] }),
};

describeWithSpecification('whatsapp-cloud', 'a message, against WhatsApp’s own specification', () => {
  const specification = specificationOf('whatsapp-cloud');
  const { schemas } = specification.components;
  const mapping = (schemas.Message?.discriminator as { mapping: Record<string, string> }).mapping;
  const named = (reference: string): Schema => schemas[reference.split('/').at(-1) as string] as Schema;

  /** References and allOf put together, as one schema that names all there may be. */
  const whole = (schema: Schema, depth = 0): Schema => {
    if (typeof schema.$ref === 'string') return whole(named(schema.$ref), depth);
    const parts = ((schema.allOf as Schema[] | undefined) ?? []).map((part) => whole(part, depth));
    const properties = Object.assign({}, ...parts.map((part) => part.properties), schema.properties) as Record<string, Schema>;
    const kinds = ((schema.oneOf as Schema[] | undefined) ?? []).map((kind) => whole({ ...kind, type: 'object' }, depth));
    const { discriminator, allOf, oneOf, additionalProperties, items, ...rest } = schema;
    const tag = discriminator as { propertyName: string; mapping?: Record<string, string> } | undefined;
    if (tag?.mapping && depth < 12) {
      // A mapping to kinds that each contain this schema: what it says itself is in them.
      const several = Object.entries(tag.mapping).filter(([, reference]) => named(reference) !== schema);
      if (several.length > 0 && !allOf && !oneOf) return { anyOf: several.map(([, reference]) => wholeKind(reference, schema, depth + 1)) };
    }
    if (kinds.length > 0) return { anyOf: kinds };
    const isObject = Object.keys(properties).length > 0;
    return {
      ...rest,
      ...(items !== undefined && { items: whole(items as Schema, depth + 1) }),
      ...(isObject && {
        type: 'object',
        properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, whole(MISTAKEN[name]?.(inner) ?? inner, depth + 1)])),
        required: [...new Set([...parts.flatMap((part) => (part.required as string[] | undefined) ?? []), ...((schema.required as string[] | undefined) ?? [])])],
        additionalProperties: false,
      }),
    };
  };
  /** A kind without the schema that leads to it, which it repeats. */
  const wholeKind = (reference: string, base: Schema, depth: number): Schema => {
    const kind = named(reference);
    const own = ((kind.allOf as Schema[] | undefined) ?? [kind]).filter((part) => !(typeof part.$ref === 'string' && named(part.$ref) === base));
    const { discriminator: _, ...plain } = base;
    return whole({ allOf: [plain, ...own] }, depth);
  };
  const validators = new Map<string, ValidateFunction>();
  const validatorFor = (type: string): ValidateFunction => {
    const validator = validators.get(type) ?? validatorOf({ ...specification, components: { schemas: {} } }, whole(named(mapping[type] as string)));
    validators.set(type, validator);
    return validator;
  };

  it.each(WORKS)('%s', (_, work, other) => {
    const body = JSON.parse(JSON.stringify(messageBodyOf(orderOf(work, other)), (name, value: unknown) => (UNNAMED.has(name) ? undefined : value))) as unknown;
    const validate = validatorFor(work.type);
    validate(body);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('would notice what is not so', () => {
    for (const body of [{ messaging_product: 'whatsapp', recipient_type: 'individual', to: '1', type: 'text' }, { messaging_product: 'whatsapp', recipient_type: 'individual', to: '1', type: 'text', text: { body: 'x' }, more: 1 }, { recipient_type: 'individual', to: '1', type: 'text', text: { body: 5 } }])
      expect(validatorFor('text')(body)).toBe(false);
  });
});
