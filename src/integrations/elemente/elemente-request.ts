import type { ConfiguredAgent, DialOrder } from '../../modules/calls';

export type ElementeOrder = DialOrder & { work: ConfiguredAgent & { assistantId: string } };

/** By it a look-up knows an attempt again, where Elemente gives custom fields back. */
export const OUR_FIELD = 'llamadorCallId';

export const ourIdOf = ({ callId, attempt }: { callId: number; attempt: number }): string => `${callId}-${attempt}`;

/** The body of POST /api/v1/calls. */
export function interactionOf(order: ElementeOrder): Record<string, unknown> {
  const { to, customer, work } = order;
  const email = to.includes('@') ? to : (customer.email ?? undefined);
  const phoneNumber = to.includes('@') ? undefined : to;
  const name = [customer.firstName, customer.lastName].filter(Boolean).join(' ');
  return {
    agentId: work.assistantId,
    channel: work.channel ?? 'call',
    ...(work.skillId && { skillId: work.skillId }),
    customerOverride: {
      ...(customer.firstName && { firstName: customer.firstName }),
      ...(customer.lastName && { lastName: customer.lastName }),
      ...(phoneNumber && { phoneNumber }),
      ...(email && { email }),
      customFields: [...Object.entries(work.variables).map(([field, value]) => ({ name: field, value: scalarOf(value) })), { name: OUR_FIELD, value: ourIdOf(order) }],
    },
    ...(name && { customerName: name }),
    ...(phoneNumber && { customerPhone: phoneNumber }),
    ...(email && { customerEmail: email }),
  };
}

/** Elemente takes text, numbers and booleans; anything else as its JSON. */
const scalarOf = (value: unknown): string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : (JSON.stringify(value) ?? '');
