import 'reflect-metadata';
import { PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsOptional, IsString } from 'class-validator';
import { instantiate } from './instantiate';
import { BooleanLike, NumberLike } from './validators';

class Part {
  @IsOptional()
  @BooleanLike()
  flag?: unknown;
}

class Whole {
  @IsString()
  name?: unknown;

  @NumberLike()
  @IsOptional()
  size?: unknown;

  @Type(() => Part)
  @IsOptional()
  parts?: unknown;
}

class Changes extends PartialType(Whole, { skipNullProperties: false }) {}

describe.each([Whole, Changes])('instantiate %p', (type) => {
  it('makes instances of the class and of its parts, and applies what was said of their fields', () => {
    const made = instantiate(type, { name: 'x', size: '5', parts: [{ flag: 'TRUE' }, { flag: '0' }, { flag: 'perhaps' }] }) as Whole;
    expect(made).toBeInstanceOf(type);
    expect(made).toMatchObject({ name: 'x', size: 5, parts: [{ flag: true }, { flag: false }, { flag: 'perhaps' }] });
    for (const part of made.parts as unknown[]) expect(part).toBeInstanceOf(Part);
  });

  it('leaves the rest as it was sent, whatever its keys are named', () => {
    const name = { constructor: 'a builder', toString: 1, then: [], deep: { constructor: {} } };
    expect((instantiate(type, { name }) as Whole).name).toBe(name);
  });

  it('never lets what was sent be its constructor', () => {
    const made = instantiate(type, { constructor: 1, parts: { constructor: { prototype: null } } }) as Whole;
    expect(made.constructor).toBe(type);
    expect((made.parts as Part).constructor).toBe(Part);
  });

  it.each([['x'], [5], [null], [true], ['']])('keeps %j in the place of parts', (parts) => {
    expect((instantiate(type, { parts }) as Whole).parts).toBe(parts);
    expect((instantiate(type, { parts: [parts] }) as Whole).parts).toEqual([parts]);
  });

  it('lets no list pass for a part', () => {
    for (const item of (instantiate(type, { parts: [[], [{}]] }) as Whole).parts as unknown[]) expect(typeof item).toBe('string');
  });
});
