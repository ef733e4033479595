import { isObject } from '../loose-json';
import { type VapiAccount, type VapiCall, updatedAt } from './vapi-call';
import { vapiError } from './vapi-error';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

const COMPARISONS: Record<string, (one: number, other: number) => boolean> = {
  Gt: (one, other) => one > other,
  Lt: (one, other) => one < other,
  Ge: (one, other) => one >= other,
  Le: (one, other) => one <= other,
};

/** GET /call: those calls of a list, newest first, that the query asks for. @throws ProviderAnswer */
export function listed(account: VapiAccount, calls: VapiCall[], query: unknown, now: number): VapiCall[] {
  const asked = isObject(query) ? (query as Record<string, string | undefined>) : {};
  const limit = asked.limit === undefined ? DEFAULT_LIMIT : Number(asked.limit);
  if (!(limit >= 0 && limit <= MAX_LIMIT)) throw vapiError(400, ['limit must not be less than 0', `limit must not be greater than ${MAX_LIMIT}`]);
  const times = Object.entries(asked).flatMap(([name, text]) => {
    const [, field, comparison] = /^(createdAt|updatedAt)(Gt|Lt|Ge|Le)$/.exec(name) ?? [];
    if (field === undefined || comparison === undefined) return [];
    const time = Date.parse(text ?? '');
    if (Number.isNaN(time)) throw vapiError(400, [`${name} must be a valid ISO 8601 date string`]);
    return [{ field, time, compare: COMPARISONS[comparison] as (one: number, other: number) => boolean }];
  });
  return calls
    .filter(
      (call) =>
        (asked.id === undefined || call.id === asked.id) &&
        (asked.assistantId === undefined || call.order.assistantId === asked.assistantId) &&
        (asked.phoneNumberId === undefined || call.order.phoneNumberId === asked.phoneNumberId) &&
        times.every(({ field, time, compare }) => compare(field === 'createdAt' ? call.createdAt : updatedAt(account, call, now), time)),
    )
    .slice(0, limit);
}
