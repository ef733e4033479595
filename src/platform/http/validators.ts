import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsArray, ValidateIf, ValidateNested, registerDecorator, type ValidationOptions } from 'class-validator';
import { ValidationFailed } from '../errors/platform.errors';
import { isId } from '../text/ids';
import { parseInstant } from '../text/instants';
import { findUnstorable } from '../text/unstorable';

function rule(name: string, validate: (value: unknown) => boolean, message: string, options?: ValidationOptions): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({ name, target: target.constructor, propertyName: propertyName as string, options: { message, ...options }, validator: { validate } });
}

/** An id of ours: an integer from 1 to 2^53-1. */
export const IsId = (options?: ValidationOptions) => rule('isId', isId, 'must be an id: a whole number above 0', options);

/** A date and time, or a date, in ISO 8601; the 30th of February is none. */
export const IsInstant = (options?: ValidationOptions) =>
  rule('isIso8601', (value) => parseInstant(value) !== undefined, 'must be a date in ISO 8601, as 2026-03-26T15:43:16Z', options);

/** An object of JSON values, not an array. */
export const IsJsonObject = (options?: ValidationOptions) =>
  rule('isJsonObject', (value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'must be an object', options);

/** May be left out. Null is no way to do so: @IsOptional lets it pass, which is right only where the type says `| null`. */
export const MayBeAbsent = () =>
  applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    rule('isNotNull', (value) => value !== null, 'must not be null: leave it out instead'),
  );

/** An object of the class. @ValidateNested alone takes a list in its place, as many as there are or none. */
export const IsPart = (type: () => new () => object, message = 'must be an object') => applyDecorators(IsJsonObject({ message }), ValidateNested({ message }), Type(type));

/** A list of objects of the class. What is null among them is named as missing. */
export const IsParts = (type: () => new () => object, message: string) =>
  applyDecorators(IsArray({ message }), ValidateNested({ each: true, message }), Type(type));

/** Text of up to `max` characters; the default is what a person types into one line. */
export const IsText = (max = 255, options?: ValidationOptions): PropertyDecorator => {
  const isString = rule('isString', (value) => typeof value === 'string', 'must be text', options);
  const maxLength = rule('maxLength', (value) => typeof value !== 'string' || value.length <= max, `must have at most ${max} characters`, options);
  return (target, propertyName) => {
    isString(target, propertyName);
    maxLength(target, propertyName);
  };
};

const BOOLEANS: Record<string, boolean> = { true: true, false: false, '1': true, '0': false };

/** Takes "true" and "false" for booleans: the documents' own example sends them so. */
export const BooleanLike = () => Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? (BOOLEANS[value.toLowerCase()] ?? value) : value));

/** Query parameters are text; a number in one is given as such. Given twice it is an array, and stays wrong. */
export const NumberLike = () => Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value));

const ANY_JSON = { nullable: true, anyOf: [{ type: 'object' }, { type: 'array', items: {} }, { type: 'string' }, { type: 'number' }, { type: 'boolean' }] };

/** Says in the OpenAPI document what no TypeScript type can. */
export const AnyJson = (description = 'Any JSON') => ApiProperty({ ...ANY_JSON, description });
export const OptionalAnyJson = (description = 'Any JSON') => ApiPropertyOptional({ ...ANY_JSON, description });

/** Texts by name. */
export const IsTags = (options?: ValidationOptions) =>
  rule(
    'isJsonObject',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === 'string' && text.length <= 1000),
    'must be an object whose values are texts of up to 1000 characters, as {"campaign": "spring"}',
    options,
  );

/** In a form, objects are JSON text. @throws ValidationFailed where it holds what is no text */
export const JsonText = () =>
  Transform(({ value, key }: { value: unknown; key: string }) => {
    const json = jsonOf(value);
    const unstorable = findUnstorable(json, key);
    if (unstorable === undefined) return json;
    throw new ValidationFailed([{ path: unstorable, code: 'INVALID_VALUE', message: 'contains NUL or half of a surrogate pair, which is no text' }]);
  });

/** What is no JSON stays text, for a validator to refuse. */
function jsonOf(value: unknown): unknown {
  try {
    return typeof value === 'string' ? (JSON.parse(value) as unknown) : value;
  } catch {
    return value;
  }
}
