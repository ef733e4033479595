/** Accounts at providers, our phone numbers there, and what providers tell us by webhook. */
export { ConnectionsModule } from './connections.module';
export { ConnectionsApi } from './connections.api';
export { PhoneNumbersApi, type CallerNumber } from './phone-numbers.api';
export { InboundWebhooks, type WebhookReader, type WebhookSubject } from './inbound-webhooks';
export { type Connection, DIAL_TOPIC, PROVIDERS, type ProviderName } from './connection';
export { authorizationOf } from './credentials';
export { ConnectionDisputed, PhoneNumberNotFound } from './connections.errors';
export { SANDBOX_PHONES, normaliseNumber } from './sample-number';
