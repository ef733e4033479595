/** A <Dial> with one <Number>, which is as much TwiML as the sandbox plays; Say, Play and Pause take no time. */
export interface Dial {
  number: string;
  callerId?: string;
  action?: string;
  actionMethod: Method;
  record?: { channels: 1 | 2; callback?: string; callbackMethod: Method };
  callback?: string;
  callbackMethod: Method;
  callbackEvents: string[];
}

export type Method = 'GET' | 'POST';

interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const TOKEN = /<\?[^]*?\?>|<!--[^]*?-->|<\/\s*([\w.-]+)\s*>|<([\w.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** @returns the dials of a document in their order; undefined where it is no TwiML */
export function dialsOf(twiml: string): Dial[] | undefined {
  const root = parse(twiml.trim());
  if (root?.name !== 'Response') return undefined;
  return root.children.filter(({ name }) => name === 'Dial').flatMap((dial) => dialOf(dial) ?? []);
}

function dialOf({ attributes, children, text }: Element): Dial | undefined {
  const target = children.find(({ name }) => name === 'Number');
  const number = (target?.text ?? text).trim();
  if (number === '') return undefined;
  const { record = 'do-not-record' } = attributes;
  return {
    number,
    callerId: attributes.callerId,
    action: attributes.action,
    actionMethod: methodOf(attributes.method),
    ...(!['do-not-record', 'false'].includes(record) && {
      record: { channels: record.endsWith('-dual') ? 2 : 1, callback: attributes.recordingStatusCallback, callbackMethod: methodOf(attributes.recordingStatusCallbackMethod) },
    }),
    callback: target?.attributes.statusCallback,
    callbackMethod: methodOf(target?.attributes.statusCallbackMethod),
    callbackEvents: (target?.attributes.statusCallbackEvent ?? 'completed').split(/\s+/),
  };
}

export const methodOf = (text: string | undefined): Method => (text?.toUpperCase() === 'GET' ? 'GET' : 'POST');

/** Elements, attributes, text, entities: what TwiML is made of. No DTD, no CDATA. */
function parse(xml: string): Element | undefined {
  const document: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [document];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < xml.length) {
    const token = TOKEN.exec(xml);
    const parent = open.at(-1);
    if (!token || !parent) return undefined;
    const [, closed, opened, attributes, isEmpty, text] = token;
    if (text !== undefined) parent.text += unescaped(text);
    else if (closed !== undefined) {
      if (parent.name !== closed || open.length === 1) return undefined;
      open.pop();
    } else if (opened !== undefined) {
      const element = { name: opened, attributes: attributesOf(attributes ?? ''), children: [], text: '' };
      parent.children.push(element);
      if (isEmpty !== '/') open.push(element);
    }
  }
  return open.length === 1 ? document.children[0] : undefined;
}

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(ATTRIBUTE)].map(([, name = '', double, single]) => [name, unescaped(double ?? single ?? '')]));

const unescaped = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
  });
