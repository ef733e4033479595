import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { Faults } from '../errors/faults';
import { findUnstorable } from '../text/unstorable';
import { instantiate } from './instantiate';

/** class-validator's names of what is wrong, as the codes of bulk items. */
const CODES: Record<string, string> = {
  isDefined: 'REQUIRED_FIELD',
  isNotEmpty: 'REQUIRED_FIELD',
  maxLength: 'VALUE_TOO_LONG',
  isEmail: 'INVALID_EMAIL',
  isIso8601: 'INVALID_DATE',
  isDateInRange: 'INVALID_DATE',
  isString: 'INVALID_TYPE',
  isInt: 'INVALID_TYPE',
  isNumber: 'INVALID_TYPE',
  isBoolean: 'INVALID_TYPE',
  isArray: 'INVALID_TYPE',
  isObject: 'INVALID_TYPE',
  isId: 'INVALID_TYPE',
  isJsonObject: 'INVALID_TYPE',
  isNotNull: 'INVALID_TYPE',
  nestedValidation: 'INVALID_TYPE',
  matches: 'INVALID_FORMAT',
};

interface DtoClass {
  new (): object;
  /** The service knows more faults than the shape can show, and throws all of them together. */
  deferFaults?: boolean;
  /** A workflow reads the body as it was sent, with a validator of its own; the class only documents it. */
  readByWorkflow?: boolean;
}

/** Makes a DTO of a body or query: known fields only, every fault of its shape at once. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || !metatype || metatype === Object) return value;
    const dtoClass = metatype as DtoClass;
    const faults = new Faults();
    if (type === 'body' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      faults.add('body', 'INVALID_TYPE', 'must be a JSON object');
    }
    const unstorable = type === 'query' ? findUnstorable(value) : undefined; // of bodies, json-body.ts has seen to it
    if (unstorable !== undefined) faults.add(unstorable, 'INVALID_VALUE', 'contains NUL or half of a surrogate pair, which is no text');
    faults.throwIfAny();
    if (dtoClass.readByWorkflow) return value;
    const dto = instantiate(dtoClass, (value ?? {}) as Record<string, unknown>);
    for (const error of validateSync(dto, { whitelist: true })) collect(error, '', faults);
    if (dtoClass.deferFaults) faults.attachTo(dto);
    else faults.throwIfAny();
    return dto;
  }
}

function collect(error: ValidationError, parent: string, faults: Faults): void {
  const path = /^\d+$/.test(error.property) ? `${parent}[${error.property}]` : parent ? `${parent}.${error.property}` : error.property;
  const broken = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({ code: CODES[constraint] ?? 'INVALID_VALUE', message }));
  // What is of the wrong type breaks the rules of its values, too: the type is what is wrong.
  const fault = broken.find(({ code }) => code === 'INVALID_TYPE') ?? broken[0];
  const { isNotNull } = error.constraints ?? {};
  const missing = error.value === undefined || error.value === null;
  if (isNotNull) faults.add(path, 'INVALID_TYPE', isNotNull);
  else if (fault && missing) faults.add(path, 'REQUIRED_FIELD', 'is required');
  else if (fault) faults.add(path, fault.code, fault.message.replace(`${error.property} `, ''));
  for (const child of error.children ?? []) collect(child, path, faults);
}
