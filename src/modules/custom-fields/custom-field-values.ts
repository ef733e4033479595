import { parseInstant } from '../../platform/text/instants';
import { isStorable } from '../../platform/text/unstorable';
import type { FieldRule, FieldRules } from './custom-field.types';

/** Of a FILE field's value that has the form of an id, but names no file of the tenant. */
export const NO_SUCH_FILE = 'is no file of yours: send it with POST /api/v1/files first';

export const MAX_STRING = 5000;
const MAX_KEY = 255;
const MAX_KEYS = 500;

export interface ValueFault {
  /** The key, or '' where the whole is wrong. */
  key: string;
  code: 'INVALID_TYPE' | 'INVALID_VALUE' | 'INVALID_CUSTOM_FIELD_VALUE' | 'OPTION_NOT_FOUND';
  message: string;
}

export interface CheckedValues {
  /** Values to set; a null removes its key. */
  values: Record<string, unknown>;
  faults: ValueFault[];
  /** Keys without a definition: kept as sent. */
  unknownKeys: string[];
}

/** The one check of custom field values, for contacts, conversations and imports; whether a file is there, CustomFieldFiles asks. */
export function checkCustomFields(sent: unknown, rules: FieldRules): CheckedValues {
  const checked: CheckedValues = { values: {}, faults: [], unknownKeys: [] };
  if (sent === undefined || sent === null) return checked;
  if (typeof sent !== 'object' || Array.isArray(sent)) {
    checked.faults.push({ key: '', code: 'INVALID_TYPE', message: 'must be an object of fieldKey to value' });
    return checked;
  }
  const entries = Object.entries(sent);
  if (entries.length > MAX_KEYS) checked.faults.push({ key: '', code: 'INVALID_VALUE', message: `must have at most ${MAX_KEYS} keys` });
  for (const [key, value] of entries.slice(0, MAX_KEYS)) {
    const rule = rules.get(key);
    if (!rule) checked.unknownKeys.push(key);
    const fault = value === null ? undefined : faultOf(key, value, rule);
    if (fault) checked.faults.push({ key, ...fault });
    else checked.values[key] = value;
  }
  return checked;
}

/** The rules that these values are under. */
export function rulesOfValues(rules: FieldRules, records: Iterable<Record<string, unknown> | undefined>): FieldRule[] {
  const used = new Set<FieldRule>();
  if (rules.size === 0) return [];
  for (const record of records) {
    for (const key in record) {
      const rule = rules.get(key);
      if (rule) used.add(rule);
    }
  }
  return [...used];
}

function faultOf(key: string, value: unknown, rule: FieldRule | undefined): Omit<ValueFault, 'key'> | undefined {
  if (!rule) return key === '' || key.length > MAX_KEY || !isStorable(key) ? { code: 'INVALID_VALUE', message: `must have a key of 1 to ${MAX_KEY} characters` } : undefined;
  const wrong = (message: string) => ({ code: 'INVALID_CUSTOM_FIELD_VALUE' as const, message });
  switch (rule.fieldType) {
    case 'STRING':
      if (typeof value !== 'string') return wrong('must be text');
      return value.length > MAX_STRING ? wrong(`must have at most ${MAX_STRING} characters`) : undefined;
    case 'NUMBER':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : wrong('must be a number');
    case 'DATE':
      return parseInstant(value) ? undefined : wrong('must be a date in ISO 8601, as 2026-03-26');
    case 'BOOLEAN':
      return typeof value === 'boolean' ? undefined : wrong('must be true or false');
    case 'LIST':
      if (typeof value === 'string' && rule.options.has(value)) return undefined;
      return { code: 'OPTION_NOT_FOUND', message: `must be one of the field's options: ${[...rule.options].slice(0, 20).join(', ')}` };
    case 'FILE':
      return typeof value === 'string' && /^file_[a-z0-9]{10,64}$/.test(value) ? undefined : wrong("must be a file's id, as file_…");
  }
}

const TRUE = /^(true|yes|y|si|sí|1)$/i;
const FALSE = /^(false|no|n|0)$/i;

/** A cell of a file as a value of its field: text, where the field is not defined or the text does not fit it. */
export function customFieldFromText(text: string, rule: FieldRule | undefined): unknown {
  if (rule?.fieldType === 'NUMBER' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (rule?.fieldType === 'BOOLEAN' && TRUE.test(text.trim())) return true;
  if (rule?.fieldType === 'BOOLEAN' && FALSE.test(text.trim())) return false;
  return text;
}
