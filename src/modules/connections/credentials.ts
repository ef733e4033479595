import type { Faults } from '../../platform/errors/faults';
import type { Connection, ProviderName } from './connection';

export type Credentials = Readonly<Record<string, string>>;

/** What each provider's account consists of, and how a value of it looks: they travel in headers. */
const PARTS: Record<ProviderName, Record<string, RegExp>> = {
  vapi: { apiKey: /^[\x21-\x7e]{1,500}$/ },
  twilio: { accountSid: /^AC[0-9A-Za-z]{1,64}$/, authToken: /^[\x21-\x7e]{1,500}$/ },
  elemente: { username: /^[^\p{C}:]{1,500}$/u, password: /^\P{C}{1,500}$/u },
  botmaker: {},
  whatsapp: { accessToken: /^[\x21-\x7e]{1,1000}$/, appSecret: /^[\x21-\x7e]{1,500}$/, verifyToken: /^[\x21-\x7e]{1,500}$/ },
};

/** The credentials that were sent, if they are all that the provider asks for and nothing else; what is wrong is added to `faults`. */
export function checkCredentials(provider: ProviderName, sent: Record<string, unknown>, faults: Faults): Credentials {
  const parts = PARTS[provider];
  const takes = `${provider} takes ${Object.keys(parts).join(', ') || 'none: set webhookSecret'}`;
  for (const [name, format] of Object.entries(parts)) {
    const value = sent[name];
    if (value === undefined || value === null || value === '') faults.add(`credentials.${name}`, 'REQUIRED_FIELD', `is required: ${takes}`);
    else if (typeof value !== 'string') faults.add(`credentials.${name}`, 'INVALID_TYPE', 'must be text');
    else if (!format.test(value)) faults.add(`credentials.${name}`, 'INVALID_FORMAT', `is no ${name} of ${provider}: copy it once more, without spaces and line breaks around it`);
  }
  for (const name of Object.keys(sent)) {
    if (!Object.hasOwn(parts, name)) faults.add(`credentials.${name}`, 'UNKNOWN_FIELD', `is unknown: ${takes}`);
  }
  return sent as Credentials;
}

const basic = (user = '', password = ''): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** The value of the Authorization header, by which a provider knows whose request it is. */
export function authorizationOf({ provider, credentials }: Pick<Connection, 'provider' | 'credentials'>): string {
  switch (provider) {
    case 'vapi':
      return `Bearer ${credentials.apiKey}`;
    case 'whatsapp':
      return `Bearer ${credentials.accessToken}`;
    case 'twilio':
      return basic(credentials.accountSid, credentials.authToken);
    case 'elemente':
      return basic(credentials.username, credentials.password);
    case 'botmaker':
      throw new Error('Botmaker is asked for nothing.');
  }
}
