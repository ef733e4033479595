import { createHash } from 'node:crypto';
import { type LooseObject, isObject, objectOf, objectsOf, textOf } from '../loose-json';

/** One thing that a webhook tells, with all that is needed to understand it alone; and by what it is known when it is told again. */
export interface StoredEvent {
  key: string;
  payload: { kind: 'message' | 'status' | 'preference' | 'other'; metadata?: unknown; contact?: unknown; event: unknown };
}

/** Several entries, changes, messages and statuses can share one request: each is an event of its own. */
export function eventsOf(body: unknown): StoredEvent[] {
  const changes = objectsOf(objectOf(body).entry).flatMap(({ changes }) => objectsOf(changes));
  const events = changes.flatMap(({ value }) => (isObject(value) ? ofValue(value) : []));
  const distinct = [...new Map(events.map((event) => [event.key, event])).values()];
  return distinct.length > 0 ? distinct : [{ key: `other ${hashOf(body)}`, payload: { kind: 'other', event: body } }];
}

function ofValue(value: LooseObject): StoredEvent[] {
  const { metadata } = value;
  const contacts = objectsOf(value.contacts);
  return [
    ...objectsOf(value.messages).map((event): StoredEvent => ({ key: `message ${textOf(event.id) ?? hashOf(event)}`, payload: { kind: 'message', metadata, contact: contactOf(event, contacts), event } })),
    ...objectsOf(value.statuses).map((event): StoredEvent => ({ key: statusKeyOf(event), payload: { kind: 'status', metadata, contact: contacts[0], event } })),
    ...objectsOf(value.user_preferences).map((event): StoredEvent => ({ key: `preference ${hashOf(event)}`, payload: { kind: 'preference', metadata, contact: contactOf(event, contacts), event } })),
  ];
}

/** A failure may come for several reasons, and each is told. */
function statusKeyOf(event: LooseObject): string {
  const codes = objectsOf(event.errors).map(({ code }) => String(code));
  return ['status', textOf(event.id) ?? hashOf(event), textOf(event.status) ?? '', ...codes].join(' ').trim();
}

/** The contact whose message it is; the only one, where none is named. */
function contactOf(event: LooseObject, contacts: LooseObject[]): LooseObject | undefined {
  const names = [event.from, event.wa_id, event.from_user_id, event.user_id].flatMap((name) => textOf(name) ?? []);
  return contacts.find(({ wa_id, user_id }) => names.includes(textOf(wa_id) ?? '\0') || names.includes(textOf(user_id) ?? '\0')) ?? (contacts.length === 1 ? contacts[0] : undefined);
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value) ?? '').digest('hex').slice(0, 40);
