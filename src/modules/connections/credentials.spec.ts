import { Faults } from '../../platform/errors/faults';
import type { ProviderName } from './connection';
import { authorizationOf, checkCredentials } from './credentials';

const faultsOf = (provider: ProviderName, sent: Record<string, unknown>): Record<string, string> => {
  const faults = new Faults();
  checkCredentials(provider, sent, faults);
  return Object.fromEntries(faults.all.map(({ path, code }) => [path, code]));
};

describe('credentials', () => {
  it.each([
    ['vapi', { apiKey: 'k-1' }, 'Bearer k-1'],
    ['whatsapp', { accessToken: 't-1', appSecret: 's', verifyToken: 'v' }, 'Bearer t-1'],
    ['twilio', { accountSid: 'AC123', authToken: 'secret' }, `Basic ${btoa('AC123:secret')}`],
    ['elemente', { username: 'ana', password: 'two words' }, `Basic ${btoa('ana:two words')}`],
  ] as const)('of %s are accepted whole, and make its Authorization header', (provider, credentials, header) => {
    expect(faultsOf(provider, credentials)).toEqual({});
    expect(authorizationOf({ provider, credentials })).toBe(header);
  });

  it('are refused with everything that is wrong with them', () => {
    expect(faultsOf('vapi', {})).toEqual({ 'credentials.apiKey': 'REQUIRED_FIELD' });
    expect(faultsOf('vapi', { apiKey: 'two\r\nlines', key: 'x' })).toEqual({ 'credentials.apiKey': 'INVALID_FORMAT', 'credentials.key': 'UNKNOWN_FIELD' });
    expect(faultsOf('twilio', { accountSid: '../Accounts', authToken: 5 })).toEqual({ 'credentials.accountSid': 'INVALID_FORMAT', 'credentials.authToken': 'INVALID_TYPE' });
    expect(faultsOf('elemente', { username: 'a:b', password: '' })).toEqual({ 'credentials.username': 'INVALID_FORMAT', 'credentials.password': 'REQUIRED_FIELD' });
  });
});
