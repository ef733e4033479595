import { TransformationType } from 'class-transformer';
import type { MetadataStorage } from 'class-transformer/types/MetadataStorage';

// Its only way in: what @Type and @Transform said of a class, PartialType's copies included.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { defaultMetadataStorage: storage } = require('class-transformer/cjs/storage') as { defaultMetadataStorage: MetadataStorage };

type Class = new () => object;
type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys that would make of the instance something else than one of its class. */
const NOT_OF_A_DTO = new Set(['constructor', '__proto__']);

/**
 * An instance of the class and, where @Type says so, of its parts. All else is left as it was sent: plainToInstance would
 * copy it key by key, and break on a key named constructor, which in Spanish is a builder.
 */
export function instantiate(type: Class, plain: Plain): object {
  const dto = new type() as Plain;
  for (const [key, value] of Object.entries(plain)) {
    if (NOT_OF_A_DTO.has(key)) continue;
    const part = storage.findTypeMetadata(type, key)?.typeFunction() as Class | undefined;
    const transforms = storage.findTransformMetadatas(type, key, TransformationType.PLAIN_TO_CLASS);
    // Transforms read the text of forms and queries: what comes of them has its parts.
    const sent = transforms.reduce<unknown>((text, { transformFn }) => transformFn({ value: text, key, obj: plain, type: TransformationType.PLAIN_TO_CLASS, options: {} }), value);
    dto[key] = part ? partOf(part, sent) : sent;
  }
  return dto;
}

function partOf(type: Class, value: unknown): unknown {
  if (isPlain(value)) return instantiate(type, value);
  // Into a list inside a list class-validator would look for parts: it is none.
  return Array.isArray(value) ? value.map((item: unknown) => (isPlain(item) ? instantiate(type, item) : Array.isArray(item) ? 'a list' : item)) : value;
}
