import type { SchemaObject } from 'ajv';
import type { ObjectType } from '../../modules/messages';

/*
 * What WhatsApp's Cloud API takes, as JSON Schema: facts of its documentation and its own specification. Properties that are
 * not named pass: it knows more than is written here.
 */

const text = (maxLength: number, minLength = 1): SchemaObject => ({ type: 'string', minLength, maxLength });
const anyText: SchemaObject = { type: 'string', minLength: 1, maxLength: 4096 };
const object = (properties: Record<string, SchemaObject>, required: string[] = []): SchemaObject => ({ type: 'object', properties, required });
const list = (items: SchemaObject, minItems: number, maxItems: number): SchemaObject => ({ type: 'array', items, minItems, maxItems });
const oneOf = (tag: string, kinds: Record<string, SchemaObject>): SchemaObject => ({
  type: 'object',
  required: [tag],
  discriminator: { propertyName: tag },
  oneOf: Object.entries(kinds).map(([name, kind]) => ({ ...kind, properties: { [tag]: { const: name }, ...(kind.properties as object) }, required: [tag, ...((kind.required as string[] | undefined) ?? [])] })),
});

const media: SchemaObject = {
  type: 'object',
  properties: { id: anyText, link: { type: 'string', pattern: '^https?://', says: 'must be a http or https url' } },
  anyOf: [{ required: ['id'] }, { required: ['link'] }],
  says: 'needs an id or a link',
};

const location = object({ latitude: { type: 'number', minimum: -90, maximum: 90 }, longitude: { type: 'number', minimum: -180, maximum: 180 }, name: text(1000, 0), address: text(1000, 0) }, ['latitude', 'longitude']);

const contacts: SchemaObject = list(
  object(
    {
      name: object({ formatted_name: anyText, first_name: anyText, last_name: anyText, middle_name: anyText, suffix: anyText, prefix: anyText }, ['formatted_name']),
      phones: list(object({ phone: { type: 'string' }, type: { type: 'string' }, wa_id: { type: 'string' } }), 0, 20),
      emails: list(object({ email: { type: 'string' }, type: { type: 'string' } }), 0, 20),
      addresses: list(object({ street: { type: 'string' }, city: { type: 'string' }, state: { type: 'string' }, zip: { type: 'string' }, country: { type: 'string' }, country_code: { type: 'string' } }), 0, 20),
      urls: list(object({ url: { type: 'string' }, type: { type: 'string' } }), 0, 20),
      org: object({ company: { type: 'string' }, department: { type: 'string' }, title: { type: 'string' } }),
      birthday: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$', says: 'must be a date, as 2012-08-18' },
    },
    ['name'],
  ),
  1,
  257,
);

const header = oneOf('type', {
  text: object({ text: text(60) }, ['text']),
  image: object({ image: media }, ['image']),
  video: object({ video: media }, ['video']),
  document: object({ document: media }, ['document']),
});
const body = object({ text: text(1024) }, ['text']);
const footer = object({ text: text(60) }, ['text']);
const around = (action: SchemaObject, required = ['body', 'action']): SchemaObject => object({ header, body, footer, action }, required);

const product = object({ catalog_id: anyText, product_retailer_id: anyText }, ['catalog_id', 'product_retailer_id']);
const replyButton = object({ type: { enum: ['reply'] }, reply: object({ id: text(256), title: text(20) }, ['id', 'title']) }, ['type', 'reply']);
const row = object({ id: text(200), title: text(24), description: text(72, 0) }, ['id', 'title']);
const named = (name: string): SchemaObject => object({ name: { enum: [name] }, parameters: { type: 'object' } }, ['name']);

const interactive = oneOf('type', {
  button: around(object({ buttons: list(replyButton, 1, 3) }, ['buttons'])),
  list: around(object({ button: text(20), sections: list(object({ title: text(24, 0), rows: list(row, 1, 10) }, ['rows']), 1, 10) }, ['button', 'sections'])),
  cta_url: around(object({ name: { enum: ['cta_url'] }, parameters: object({ display_text: text(20), url: anyText }, ['display_text', 'url']) }, ['name', 'parameters'])),
  product: around(product, ['action']),
  product_list: around(object({ catalog_id: anyText, sections: list(object({ title: text(24, 0), product_items: list(object({ product_retailer_id: anyText }, ['product_retailer_id']), 1, 30) }, ['product_items']), 1, 10) }, ['catalog_id', 'sections']), [
    'header',
    'body',
    'action',
  ]),
  catalog_message: around(named('catalog_message')),
  flow: around({ ...named('flow'), required: ['name', 'parameters'] }),
  location_request_message: around(named('send_location')),
  address_message: around(named('address_message')),
  call_permission_request: around(named('call_permission_request'), ['action']),
});

const reaction = object({ message_id: anyText, emoji: { type: 'string', maxLength: 32 } }, ['message_id', 'emoji']);

/** The objects that messages of these types consist of. */
export const OBJECTS: Readonly<Record<ObjectType, SchemaObject>> = { location, contacts, interactive, reaction };

const parameterText = object({ text: { type: 'string', minLength: 1, maxLength: 32_768 }, parameter_name: anyText }, ['text']);
const currency = object({ currency: object({ fallback_value: anyText, code: { type: 'string', pattern: '^[A-Z]{3}$', says: 'must be a currency, as MXN' }, amount_1000: { type: 'integer' } }, ['fallback_value', 'code', 'amount_1000']) }, [
  'currency',
]);
const dateTime = object({ date_time: object({ fallback_value: anyText }, ['fallback_value']) }, ['date_time']);

const headerParameter = oneOf('type', {
  text: parameterText,
  currency,
  date_time: dateTime,
  image: object({ image: media }, ['image']),
  video: object({ video: media }, ['video']),
  document: object({ document: media }, ['document']),
  location: object({ location }, ['location']),
  product: object({ product }, ['product']),
});
const bodyParameter = oneOf('type', { text: parameterText, currency, date_time: dateTime });
const buttonParameter = oneOf('type', {
  payload: object({ payload: { type: 'string', minLength: 1, maxLength: 256 } }, ['payload']),
  text: object({ text: anyText }, ['text']),
  coupon_code: object({ coupon_code: anyText }, ['coupon_code']),
  action: object({ action: { type: 'object' } }, ['action']),
});
const index: SchemaObject = { anyOf: [{ type: 'integer', minimum: 0, maximum: 9 }, { type: 'string', pattern: '^[0-9]$' }], says: 'must be the place of the button, from 0 to 9' };
const subTypes = ['quick_reply', 'url', 'copy_code', 'catalog', 'flow', 'mpm', 'voice_call', 'order_details'];
const parametersOf = (items: SchemaObject, least: number): SchemaObject => ({ type: 'array', items, minItems: least });

/** A template's components, as CreateTemplateMessage takes them. */
export const COMPONENTS: SchemaObject = list(
  oneOf('type', {
    header: object({ parameters: parametersOf(headerParameter, 1) }),
    body: object({ parameters: parametersOf(bodyParameter, 0) }),
    button: object({ sub_type: { type: 'string', enum: [...subTypes, ...subTypes.map((name) => name.toUpperCase())] }, index, parameters: parametersOf(buttonParameter, 0) }, ['sub_type', 'index']),
    carousel: object({ cards: { type: 'array', items: { type: 'object' }, minItems: 1 } }, ['cards']),
    limited_time_offer: object({ parameters: { type: 'array', items: { type: 'object' } } }),
    order_status: object({ parameters: { type: 'array', items: { type: 'object' } } }),
  }),
  0,
  30,
);
