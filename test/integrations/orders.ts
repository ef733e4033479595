import type { CallWork, DialOrder, SoughtAttempt } from '../../src/modules/calls/call-provider';
import type { Connection, ProviderName } from '../../src/modules/connections/connection';

const CREDENTIALS = {
  vapi: { apiKey: 'key' },
  twilio: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'token' },
  elemente: { username: 'user', password: 'password' },
  whatsapp: {},
  botmaker: {},
};

export const aConnection = (provider: ProviderName, baseUrl: string, other: Partial<Connection> = {}): Connection => ({
  id: 1,
  tenantId: null,
  provider,
  baseUrl,
  trusted: true,
  sandbox: true,
  credentials: CREDENTIALS[provider],
  webhookSecret: 'secret of the webhook',
  webhookUrl: `http://127.0.0.1:9/webhooks/${provider}`,
  concurrencyLimit: null,
  ...other,
});

export const anOrder = (work: CallWork, other: Partial<DialOrder> = {}): DialOrder => ({
  tenantId: 3,
  callId: 12,
  attempt: 2,
  from: { number: '+525500000000', providerId: 'number-1' },
  to: '+525555550100',
  customer: { firstName: 'Ana', lastName: 'Pérez', email: 'ana@example.com' },
  work,
  ...other,
});

/** An order of which nobody knows whether it was taken, dialed now unless it says when. */
export const soughtOf = (order: DialOrder, other: Partial<SoughtAttempt> = {}): SoughtAttempt => ({ ...order, dialedAt: new Date(), isOfAnother: async () => false, ...other });
