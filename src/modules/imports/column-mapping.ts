import { type FieldRules, customFieldFromText } from '../custom-fields';
import { normalisePhone } from '../../platform/text/phone-numbers';

/** What rows become: contacts; contacts and conversations in a funnel; contacts and entries of their log. */
export const IMPORT_KINDS = ['contacts', 'conversations', 'activity'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

const PERSON = ['contactId', 'name', 'firstName', 'lastName', 'phone', 'email', 'nationalId', 'companyPosition', 'country', 'ignore'] as const;

/** Whom a row is about, and what else a kind takes; `.` behind it where a key is to follow. What is not guessed goes to `rest`. */
const TARGETS_OF = {
  contacts: { own: [], prefixes: ['customFields.', 'contact.customFields.'], rest: 'customFields.' },
  conversations: { own: ['createdAt', 'funnelStatus'], prefixes: ['customFields.', 'contact.customFields.'], rest: 'customFields.' },
  activity: { own: ['communicationType', 'source', 'contactedAt', 'status'], prefixes: ['response.', 'contact.customFields.'], rest: 'response.' },
} as const;

/** Columns of our own exports that say nothing to an import. */
const EXPORTED_ONLY = new Set(['conversationId', 'funnelName', 'otherAddresses', 'userId', 'archivedAt', 'createdAt', 'updatedAt']);

/**
 * What a column becomes. `contactId` names somebody who is there. `name` is a full name: its first word is the first name. `country` (ISO 3166-1 alpha-2) helps to read
 * phones, and stays a custom field. `funnelStatus` is a status by its name or id. `response.<key>` is what came of a contact.
 */
export type Target =
  | (typeof PERSON)[number]
  | (typeof TARGETS_OF)[ImportKind]['own'][number]
  | `${(typeof TARGETS_OF)[ImportKind]['prefixes'][number]}${string}`;

const plain = (column: string): string => column.normalize('NFD').toLowerCase().replace(/[^a-z0-9]/g, '');

/** Column names as people write them, without case, accents, spaces and signs. */
const GUESSES = new Map<string, Target>();
const guess = (target: Target, ...names: string[]) => names.forEach((name) => GUESSES.set(name, target));
guess('name', 'name', 'clientname', 'fullname', 'customername', 'contactname', 'nombre', 'nombrecompleto', 'cliente', 'nombrecliente');
guess('firstName', 'firstname', 'givenname', 'nombres', 'primernombre');
guess('lastName', 'lastname', 'surname', 'familyname', 'apellido', 'apellidos');
guess('phone', 'phone', 'phonenumber', 'phone1', 'phone2', 'mobile', 'mobilephone', 'cell', 'cellphone', 'tel', 'telefono', 'telefono1', 'telefono2', 'celular', 'movil', 'whatsapp');
guess('email', 'email', 'email1', 'email2', 'emailaddress', 'mail', 'correo', 'correoelectronico');
guess('nationalId', 'nationalid', 'nationalidentifier', 'rut', 'curp', 'rfc', 'dni', 'cedula', 'ssn', 'documento');
guess('companyPosition', 'companyposition', 'position', 'jobtitle', 'cargo', 'puesto');
guess('createdAt', 'createdat', 'creationdate');
guess('country', 'country', 'countrycode', 'pais');
guess('communicationType', 'communicationtype', 'channel', 'canal');
guess('source', 'source', 'origen', 'fuente');
guess('contactedAt', 'contactedat', 'contactdate', 'date', 'fecha', 'fechacontacto');
guess('status', 'status', 'estado', 'estatus', 'resultado');
/** The columns that a file of failed rows has more than the file that they come from. */
export const ERRORS_COLUMNS = ['import_row', 'import_errors'];
guess('ignore', ...ERRORS_COLUMNS.map(plain));

export class InvalidMapping extends Error {}

/**
 * The target of each column of a file: as mapped, as guessed, else a custom field, or a part of the response, under the column's name.
 * @throws InvalidMapping with what is wrong and what is allowed
 */
export function targetsOf(kind: ImportKind, columns: string[], map: Record<string, unknown>): Target[] {
  const { own, prefixes, rest } = TARGETS_OF[kind];
  const plainTargets: readonly string[] = [...PERSON, ...own];
  const isTarget = (target: unknown): target is Target =>
    typeof target === 'string' && (plainTargets.includes(target) || prefixes.some((prefix) => target.startsWith(prefix) && target.length > prefix.length && target.length <= prefix.length + MAX_KEY));
  for (const [column, target] of Object.entries(map)) {
    if (!columns.includes(column)) throw new InvalidMapping(`The map names a column "${column}" that the file lacks. It has: ${columns.join(', ')}`);
    if (!isTarget(target)) {
      throw new InvalidMapping(`"${column}" is mapped to ${JSON.stringify(target)}. Allowed: ${[...plainTargets, ...prefixes.map((prefix) => `${prefix}<key>`)].join(', ')}`);
    }
  }
  return columns.map((column): Target => {
    if (Object.hasOwn(map, column)) return map[column] as Target;
    const guessed = isTarget(column) ? column : GUESSES.get(plain(column));
    if (guessed !== undefined && isTarget(guessed)) return guessed;
    return EXPORTED_ONLY.has(column) ? 'ignore' : `${rest}${column || 'column'}`;
  });
}

const MAX_KEY = 255;

/** As it is shown: column to target. */
export const mappingOf = (columns: string[], targets: Target[]): Record<string, Target> => Object.fromEntries(columns.map((column, at) => [column, targets[at] as Target]));

export interface MappingRules {
  country: string;
  contactFields: FieldRules;
  /** Of conversations: absent where the custom fields are the contact's. */
  conversationFields?: FieldRules;
  /** The funnel's statuses by id and by name in lower case. */
  statuses?: ReadonlyMap<string, number>;
}

/** Spreadsheets are kept from running a cell by a quote before it, which is no part of the value. */
const unquoted = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

const tidy = (text: string): string => text.replace(/[\s\u00a0]+/g, ' ').trim();

/** A row of a file as an item of its kind: blank cells are absent, but for what came of a contact, where they say that nothing did. */
export function itemOf(cells: string[], targets: Target[], columns: string[], rules: MappingRules): Record<string, unknown> {
  const contact: Record<string, unknown> & { phones: string[]; emails: string[] } = { phones: [], emails: [] };
  const item: Record<string, unknown> = { contact };
  let country = '';
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as Target;
    const raw = cells[at];
    if (raw === undefined || target === 'ignore') continue;
    const cell = unquoted(raw);
    if (target.startsWith('response.')) partOf(item, 'response')[target.slice('response.'.length)] = cell.trim();
    if (cell.trim() === '') continue;
    switch (target) {
      case 'phone':
        contact.phones.push(...several(cell));
        break;
      case 'email':
        contact.emails.push(...several(cell));
        break;
      case 'contactId':
        // What is no number is left to the item's own check.
        item.contactId = /^\d+$/.test(cell.trim()) ? Number(cell) : cell;
        break;
      case 'name': {
        const [first = '', ...rest] = tidy(cell).split(' ');
        contact.firstName ??= first;
        if (rest.length > 0) contact.lastName ??= rest.join(' ');
        break;
      }
      case 'firstName':
      case 'lastName':
      case 'nationalId':
      case 'companyPosition':
        contact[target] = tidy(cell);
        break;
      case 'createdAt':
      case 'contactedAt':
        item[target] = cell.trim();
        break;
      case 'communicationType':
      case 'source':
      case 'status':
        item[target] = tidy(cell);
        break;
      case 'funnelStatus':
        // An unknown status is left to the item's own check, which names it.
        item.funnelStatusId = rules.statuses?.get(tidy(cell).toLowerCase()) ?? cell;
        break;
      case 'country':
        country = cell.trim().toUpperCase();
        partOf(rules.conversationFields ? item : contact, 'customFields')[columns[at] ?? 'country'] = cell.trim();
        break;
      default: {
        const [, ofContact, key] = /^(contact\.)?customFields\.(.*)$/s.exec(target) ?? [];
        if (key === undefined) break;
        const fields = ofContact ? undefined : rules.conversationFields;
        partOf(fields ? item : contact, 'customFields')[key] = customFieldFromText(cell.trim(), (fields ?? rules.contactFields).get(key));
      }
    }
  }
  if (country) contact.phones = contact.phones.map((phone) => inCountry(phone, rules.country, country));
  return item;
}

/** Phones or emails of one cell, with ; between them. */
const several = (cell: string): string[] => cell.split(';').filter((one) => one.trim() !== '');

/** What hangs on an item under a name, made when it is first needed. */
const partOf = (item: Record<string, unknown>, name: string): Record<string, unknown> => (item[name] ??= {}) as Record<string, unknown>;

/** A number that is none in the tenant's country may be one in the row's own. */
function inCountry(phone: string, tenantCountry: string, rowCountry: string): string {
  if (rowCountry === tenantCountry || phone.includes('+') || normalisePhone(phone, tenantCountry)) return phone;
  return normalisePhone(phone, rowCountry) ?? phone;
}
