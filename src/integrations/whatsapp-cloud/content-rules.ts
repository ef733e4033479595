import Ajv, { type ErrorObject, type SchemaObject, type ValidateFunction } from 'ajv';
import type { ContentFault, ObjectType } from '../../modules/messages';
import { COMPONENTS, OBJECTS } from './content-schemas';

const ajv = new Ajv({ allErrors: true, discriminator: true, verbose: true, strict: false });

const compiled = new Map<SchemaObject, ValidateFunction>();

function faultsOf(schema: SchemaObject, value: unknown): ContentFault[] {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (validate(value)) return [];
  const faults = (validate.errors ?? []).flatMap((error) => faultOf(error) ?? []);
  return [...new Map(faults.map((fault) => [fault.path, fault])).values()];
}

/** What WhatsApp would refuse in an object that a client gives as JSON text; what it is known to take passes, also what is not written here. */
export const faultsOfObject = (type: ObjectType, object: unknown): ContentFault[] => [...faultsOf(OBJECTS[type], object), ...(type === 'interactive' ? faultsOfRows(object) : [])];

export const faultsOfComponents = (components: unknown[]): ContentFault[] => faultsOf(COMPONENTS, components);

const MAX_ROWS = 10;

/** Rows are counted over all sections, and ids over all rows or buttons. */
function faultsOfRows(object: unknown): ContentFault[] {
  const { action } = object as { action?: { sections?: { rows?: { id?: unknown }[] }[]; buttons?: { reply?: { id?: unknown } }[] } };
  const rows = Array.isArray(action?.sections) ? action.sections.flatMap((section) => (Array.isArray(section?.rows) ? section.rows : [])) : [];
  const faults: ContentFault[] = rows.length > MAX_ROWS ? [{ path: 'action.sections', message: `must have at most ${MAX_ROWS} rows in all` }] : [];
  const ids = [...rows.map((row) => row?.id), ...(Array.isArray(action?.buttons) ? action.buttons.map((button) => button?.reply?.id) : [])].filter((id) => typeof id === 'string');
  if (new Set(ids).size < ids.length) faults.push({ path: rows.length > 0 ? 'action.sections' : 'action.buttons', message: 'must have each id only once' });
  return faults;
}

/** `action.buttons[0].reply`, from ajv's `/action/buttons/0/reply`. */
const pathOf = (pointer: string, property?: string): string => {
  const keys = [...pointer.split('/').slice(1), ...(property === undefined ? [] : [property])];
  return keys.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('').replace(/^\./, '');
};

/** Undefined for what only says that something inside is wrong. */
function faultOf({ keyword, instancePath, params, message = '', schema, parentSchema }: ErrorObject): ContentFault | undefined {
  const here = pathOf(instancePath);
  const { says } = (parentSchema ?? {}) as { says?: string };
  switch (keyword) {
    case 'required':
      return { path: pathOf(instancePath, (params as { missingProperty: string }).missingProperty), message: 'is required' };
    case 'discriminator': {
      const { tag, tagValue } = params as { tag: string; tagValue: unknown };
      return { path: pathOf(instancePath, tag), message: tagValue === undefined ? 'is required' : `${JSON.stringify(tagValue)} is unknown: must be one of ${((parentSchema as { oneOf: SchemaObject[] }).oneOf ?? []).flatMap(tagsOf(tag)).join(', ')}` };
    }
    case 'maxLength':
      return { path: here, message: `must have at most ${String(schema)} characters` };
    case 'minLength':
      return { path: here, message: 'must not be empty' };
    case 'maxItems':
      return { path: here, message: `must have at most ${String(schema)}` };
    case 'minItems':
      return { path: here, message: `must have at least ${String(schema)}` };
    case 'enum':
      return { path: here, message: `must be one of ${(schema as unknown[]).map((value) => JSON.stringify(value)).join(', ')}` };
    case 'pattern':
      return { path: here, message: says ?? message };
    case 'anyOf':
      return { path: here, message: says ?? 'is none of what it may be' };
    case 'type':
      return { path: here, message: `must be ${TYPE_NAMES[String(schema)] ?? String(schema)}` };
    case 'minimum':
    case 'maximum':
      return { path: here, message };
    default:
      return undefined;
  }
}

const TYPE_NAMES: Record<string, string> = { object: 'an object', array: 'a list', string: 'text', number: 'a number', integer: 'a whole number' };

const tagsOf =
  (tag: string) =>
  (one: SchemaObject): string[] => {
    const { const: only, enum: several } = ((one.properties as Record<string, { const?: string; enum?: string[] }> | undefined) ?? {})[tag] ?? {};
    return only === undefined ? (several ?? []) : [only];
  };
