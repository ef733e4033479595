import type { Secrets } from '../../platform/config/secrets';

/**
 * SQL: what the do-not-call list keeps of a number that was erased. Nobody can read it, and the number is still known by it:
 * whoever asked to be forgotten does not want to be called again.
 * @param number SQL of a number in E.164; `key` of the parameter that holds doNotCallKey
 */
export const erasedNumber = (number: string, key: string): string => `('sha256:' || encode(sha256(convert_to(${key}::text || ${number}, 'UTF8')), 'hex'))`;

export const doNotCallKey = (secrets: Secrets): string => secrets.keyFor('do-not-call').toString('hex');
