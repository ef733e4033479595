import { ConfigurationError, configurationWarnings, loadConfig } from './config';

const DATABASE_URL = 'postgres://localhost/x';

describe('the configuration', () => {
  it('has a default for everything but the database', () => {
    expect(loadConfig({ DATABASE_URL })).toMatchObject({ PORT: 3000, HOST: '127.0.0.1', DEFAULT_COUNTRY: 'MX', RATE_LIMIT_PER_MINUTE: 6000, SANDBOX_SPEED: 1, LOG_LEVEL: 'info' });
  });

  it('takes what is set, and an empty variable for one that is not', () => {
    const config = loadConfig({ DATABASE_URL, PORT: '0', HOST: '', DEFAULT_COUNTRY: 'cl', RATE_LIMIT_PER_MINUTE: '0', SANDBOX_SPEED: '0.5', REDIS_URL: '' });
    expect(config).toMatchObject({ PORT: 0, HOST: '127.0.0.1', DEFAULT_COUNTRY: 'CL', RATE_LIMIT_PER_MINUTE: 0, SANDBOX_SPEED: 0.5 });
    expect(config.REDIS_URL).toBeUndefined();
  });

  it.each([
    ['PORT', ['70000', '-1', '1.5', 'http']],
    ['DATABASE_URL', ['mysql://x', 'x']],
    ['REDIS_URL', ['http://x']],
    ['PUBLIC_URL', ['example', 'nonsense://', 'https://crm.example.com?tenant=1', 'https://crm.example.com#top']],
    ['ENCRYPTION_KEY', ['short', ' '.repeat(32), `${' '.repeat(20)}short${' '.repeat(20)}`]],
    ['VAPI_API_KEY', [' ', 'key\n', ' key']],
    ['S3_SECRET_ACCESS_KEY', ['  ']],
    ['BOOTSTRAP_API_KEY', ['secret', 'lp_live_', 'lp_other_12345678']],
    ['DEFAULT_COUNTRY', ['XX', 'Mexico']],
    ['RATE_LIMIT_PER_MINUTE', ['-1', 'many']],
    ['SANDBOX_SPEED', ['0', '-1', 'fast']],
    ['LOG_LEVEL', ['loud']],
  ])('refuses a wrong %s', (name, values) => {
    for (const value of values) expect(() => loadConfig({ DATABASE_URL, [name]: value })).toThrow(name);
  });

  it.each([
    ['PORT', 'abc', 'PORT must be a whole number from 0 to 65535, and is abc'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535, and is 65536'],
    ['PORT', '1.5', 'PORT must be a whole number from 0 to 65535, and is 1.5'],
    ['PORT', ' ', 'PORT must be a whole number from 0 to 65535, and is  '],
    ['DATABASE_POOL_SIZE', 'many', 'DATABASE_POOL_SIZE must be a whole number from 2 to 200, and is many'],
    ['RATE_LIMIT_PER_MINUTE', 'Infinity', 'RATE_LIMIT_PER_MINUTE must be a whole number of 0 or more, and is Infinity'],
    ['ACTIVITY_RETENTION_DAYS', '0', 'ACTIVITY_RETENTION_DAYS must be a whole number from 1 to 36500, and is 0'],
    ['SANDBOX_SPEED', 'fast', 'SANDBOX_SPEED must be a number above 0, and is fast'],
  ])('says what %s must be, where it is %j', (name, value, said) => {
    expect(() => loadConfig({ DATABASE_URL, [name]: value })).toThrow(`The configuration is wrong:\n  - ${said}`);
  });

  it.each([
    [{ S3_BUCKET: 'x', S3_ACCESS_KEY_ID: 'x' }, 'S3_ACCESS_KEY_ID is set without S3_SECRET_ACCESS_KEY'],
    [{ S3_ACCESS_KEY_ID: 'x', S3_SECRET_ACCESS_KEY: 'x' }, 'S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY is set without S3_BUCKET'],
  ])('refuses half of a bucket: %j', (env, message) => {
    expect(() => loadConfig({ DATABASE_URL, ...env })).toThrow(message);
  });

  it.each([
    [{ TWILIO_ACCOUNT_SID: 'AC1' }, 'TWILIO_ACCOUNT_SID is set without TWILIO_AUTH_TOKEN'],
    [{ TWILIO_AUTH_TOKEN: 'x' }, 'TWILIO_AUTH_TOKEN is set without TWILIO_ACCOUNT_SID'],
    [{ ELEMENTE_USERNAME: 'x' }, 'ELEMENTE_USERNAME is set without ELEMENTE_PASSWORD'],
    [{ PUBLIC_URL: 'https://crm.example.com/' }, 'PUBLIC_URL ends with a slash'],
    [{ VAPI_API_KEY: 'x' }, 'VAPI_API_KEY is set without PUBLIC_URL'],
    [{ WHATSAPP_ACCESS_TOKEN: 'x', WHATSAPP_VERIFY_TOKEN: 'x' }, 'WHATSAPP_ACCESS_TOKEN is set without WHATSAPP_APP_SECRET'],
    [{ S3_BUCKET: 'files' }, 'S3_BUCKET is set without S3_ACCESS_KEY_ID'],
    [{ ENCRYPTION_KEY: 'k'.repeat(32) }, 'ENCRYPTION_KEY has hardly any different characters'],
  ])('takes, and says that it is hardly meant: %j', (env, message) => {
    loadConfig({ DATABASE_URL, ...env });
    expect(configurationWarnings(env)).toEqual([expect.stringContaining(message)]);
  });

  it('has urls without a slash at the end, and nothing to say of whole settings', () => {
    const env = { DATABASE_URL, PUBLIC_URL: 'https://crm.example.com/', INTERNAL_URL: 'http://api:3000//' };
    expect(loadConfig(env)).toMatchObject({ PUBLIC_URL: 'https://crm.example.com', INTERNAL_URL: 'http://api:3000' });
    expect(configurationWarnings({ DATABASE_URL, PUBLIC_URL: 'https://crm.example.com', ENCRYPTION_KEY: '0123456789abcdef0123456789abcdef', VAPI_API_KEY: 'x' })).toEqual([]);
  });

  it('says everything that is wrong at once', () => {
    expect(() => loadConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(ConfigurationError);
    try {
      loadConfig({ PORT: 'x', LOG_LEVEL: 'x' });
    } catch (error) {
      for (const name of ['DATABASE_URL', 'PORT', 'LOG_LEVEL']) expect((error as Error).message).toContain(name);
    }
  });
});
