import { type FieldRules, customFieldFromText } from '../custom-fields';
import { normalisePhone } from '../../platform/text/phone-numbers';

/**
 * What a column becomes. `name` is a full name: its first word is the first name. `country` (ISO 3166-1 alpha-2) helps to read
 * phones, and stays a custom field. `funnelStatus` is a status by its name or id.
 */
export const TARGETS = ['name', 'firstName', 'lastName', 'phone', 'email', 'nationalId', 'companyPosition', 'createdAt', 'funnelStatus', 'country', 'ignore'] as const;
export type Target = (typeof TARGETS)[number] | `customFields.${string}` | `contact.customFields.${string}`;

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
/** The columns that a file of failed rows has more than the file that they come from. */
export const ERRORS_COLUMNS = ['import_row', 'import_errors'];
guess('ignore', ...ERRORS_COLUMNS.map(plain));

export class InvalidMapping extends Error {}

/**
 * The target of each column of a file: as mapped, as guessed, else a custom field of the conversation under the column's name.
 * @throws InvalidMapping with what is wrong and what is allowed
 */
export function targetsOf(columns: string[], map: Record<string, unknown>): Target[] {
  for (const [column, target] of Object.entries(map)) {
    if (!columns.includes(column)) throw new InvalidMapping(`The map names a column "${column}" that the file lacks. It has: ${columns.join(', ')}`);
    if (!isTarget(target)) {
      throw new InvalidMapping(`"${column}" is mapped to ${JSON.stringify(target)}. Allowed: ${TARGETS.join(', ')}, customFields.<key>, contact.customFields.<key>`);
    }
  }
  return columns.map((column): Target => (Object.hasOwn(map, column) ? (map[column] as Target) : (GUESSES.get(plain(column)) ?? `customFields.${column || 'column'}`)));
}

const isTarget = (target: unknown): target is Target =>
  typeof target === 'string' && ((TARGETS as readonly string[]).includes(target) || /^(contact\.)?customFields\..{1,255}$/s.test(target));

export interface MappingRules {
  funnelId: number;
  /** The funnel's statuses by id and by name in lower case. */
  statuses: ReadonlyMap<string, number>;
  country: string;
  contactFields: FieldRules;
  conversationFields: FieldRules;
}

/** Spreadsheets are kept from running a cell by a quote before it, which is no part of the value. */
const unquoted = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

const tidy = (text: string): string => text.replace(/[\s\u00a0]+/g, ' ').trim();

/** A row of a file as an item of a bulk create: blank cells are absent. */
export function itemOf(cells: string[], targets: Target[], columns: string[], rules: MappingRules): Record<string, unknown> {
  const contact: Record<string, unknown> & { phones: string[]; emails: string[] } = { phones: [], emails: [] };
  const item: Record<string, unknown> = { funnelId: rules.funnelId, contact };
  const customFields: Record<string, unknown> = {};
  const contactFields: Record<string, unknown> = {};
  let country = '';
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as Target;
    const raw = cells[at];
    if (raw === undefined || target === 'ignore') continue;
    const cell = unquoted(raw);
    if (cell.trim() === '') continue;
    switch (target) {
      case 'phone':
        contact.phones.push(cell);
        break;
      case 'email':
        contact.emails.push(cell);
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
        item.createdAt = cell.trim();
        break;
      case 'funnelStatus':
        // An unknown status is left to the item's own check, which names it.
        item.funnelStatusId = rules.statuses.get(tidy(cell).toLowerCase()) ?? cell;
        break;
      case 'country':
        country = cell.trim().toUpperCase();
        customFields[columns[at] ?? 'country'] = cell.trim();
        break;
      default: {
        const ofContact = target.startsWith('contact.');
        const key = target.slice(ofContact ? 'contact.customFields.'.length : 'customFields.'.length);
        (ofContact ? contactFields : customFields)[key] = customFieldFromText(cell.trim(), (ofContact ? rules.contactFields : rules.conversationFields).get(key));
      }
    }
  }
  if (country) contact.phones = contact.phones.map((phone) => inCountry(phone, rules.country, country));
  if (Object.keys(customFields).length > 0) item.customFields = customFields;
  if (Object.keys(contactFields).length > 0) contact.customFields = contactFields;
  return item;
}

/** A number that is none in the tenant's country may be one in the row's own. */
function inCountry(phone: string, tenantCountry: string, rowCountry: string): string {
  if (rowCountry === tenantCountry || phone.includes('+') || normalisePhone(phone, tenantCountry)) return phone;
  return normalisePhone(phone, rowCountry) ?? phone;
}
