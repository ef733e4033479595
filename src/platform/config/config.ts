import { Transform, plainToInstance } from 'class-transformer';
import { IsIn, IsISO31661Alpha2, IsOptional, IsString, IsUrl, Matches, ValidateBy, type ValidationArguments, validateSync } from 'class-validator';
import { PlainError } from '../errors/plain-error';

/** What is pasted often brings a line break along, which no header can carry; and blanks alone are no secret. */
const secret = () => Matches(/^\S(.*\S)?$/, { message: '$property must not be blank, nor begin or end with blanks or line breaks' });

const withoutSlashes = () => Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.replace(/\/+$/, '') : value));
const bareUrl = (name: string) => Matches(/^[^?#]*$/, { message: `${name} must not have a query or a fragment: paths are added to it` });

/** What is no number stays as it was written, for the message. */
const numberOf = (value: unknown): unknown => (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value);

function number(said: string, fits: (value: number) => boolean): PropertyDecorator {
  const message = ({ property, value }: ValidationArguments) => `${property} must be ${said}, and is ${String(value)}`;
  return (target, key) => {
    Transform(({ value }: { value: unknown }) => numberOf(value))(target, key);
    ValidateBy({ name: 'number', validator: { validate: (value) => typeof value === 'number' && fits(value) } }, { message })(target, key);
  };
}

const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER): PropertyDecorator =>
  number(most === Number.MAX_SAFE_INTEGER ? `a whole number of ${least} or more` : `a whole number from ${least} to ${most}`, (value) => Number.isInteger(value) && value >= least && value <= most);

/** Every setting of the product, read once from the environment; an empty variable counts as absent. */
export class Config {
  /** TCP port of the API. */
  @wholeNumber(0, 65_535)
  PORT = 3000;

  /** Address to listen on: the machine itself unless set. */
  @IsString()
  HOST = '127.0.0.1';

  /** PostgreSQL; `npm start` fills it with the database that it runs itself. */
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must be a postgres:// url' })
  DATABASE_URL: string;

  /** Connections per process. */
  @wholeNumber(2, 200)
  DATABASE_POOL_SIZE = 12;

  @IsOptional() @Matches(/^rediss?:\/\//, { message: 'REDIS_URL must be a redis:// url' })
  REDIS_URL?: string;

  /** Folder of the product's own files: its database, its key, its recordings. */
  @IsString()
  DATA_DIR = '.data';

  /** The url under which clients and providers reach the API. */
  @IsOptional() @withoutSlashes() @bareUrl('PUBLIC_URL') @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  PUBLIC_URL?: string;

  /** The url under which the product's own processes reach the API, where that is not HOST and PORT: a worker plays with the sandbox there. */
  @IsOptional() @withoutSlashes() @bareUrl('INTERNAL_URL') @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  INTERNAL_URL?: string;

  /** Key of everything that is encrypted or signed; made and kept in DATA_DIR where absent. */
  @IsOptional() @Matches(/^\s*\S.{30,}\S\s*$/, { message: 'ENCRYPTION_KEY must have at least 32 characters, not counting blanks around them: openssl rand -hex 32 makes one' })
  ENCRYPTION_KEY?: string;

  /** The first tenant's API key, if you bring one. */
  @IsOptional() @Matches(/^lp_(live|test)_[A-Za-z0-9_-]{8,}$/, { message: 'BOOTSTRAP_API_KEY must begin with lp_live_ or lp_test_ and go on with at least 8 letters or digits' })
  BOOTSTRAP_API_KEY?: string;

  /** Country of phone numbers that come without a country code. */
  @Transform(({ value }) => String(value).toUpperCase()) @IsISO31661Alpha2()
  DEFAULT_COUNTRY = 'MX';

  /** Requests that a key may make in a minute; 0 is no limit. */
  @wholeNumber(0)
  RATE_LIMIT_PER_MINUTE = 6000;

  /** How many times faster than life the sandbox plays. */
  @number('a number above 0', (value) => Number.isFinite(value) && value > 0)
  SANDBOX_SPEED = 1;

  /** Voice calls by Vapi: the private API key. Without it, the sandbox plays Vapi. */
  @IsOptional() @secret()
  VAPI_API_KEY?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  VAPI_BASE_URL?: string;

  /** Proves that a webhook comes from Vapi. */
  @IsOptional() @secret()
  VAPI_WEBHOOK_SECRET?: string;

  /** Telephony by Twilio: the account. Without it and its token, the sandbox plays Twilio. */
  @IsOptional() @Matches(/^AC\w+$/, { message: 'TWILIO_ACCOUNT_SID must begin with AC' })
  TWILIO_ACCOUNT_SID?: string;

  /** Also proves that a webhook comes from Twilio. */
  @IsOptional() @secret()
  TWILIO_AUTH_TOKEN?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  TWILIO_BASE_URL?: string;

  /** Elemente. Without user and password, the sandbox plays it. */
  @IsOptional() @secret()
  ELEMENTE_USERNAME?: string;

  @IsOptional() @secret()
  ELEMENTE_PASSWORD?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  ELEMENTE_BASE_URL?: string;

  /** Messages by WhatsApp Cloud: the access token of a system user. Without it, the sandbox plays WhatsApp. */
  @IsOptional() @secret()
  WHATSAPP_ACCESS_TOKEN?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  WHATSAPP_BASE_URL?: string;

  /** Proves that a webhook comes from WhatsApp: without it, none is taken. */
  @IsOptional() @secret()
  WHATSAPP_APP_SECRET?: string;

  /** The word which WhatsApp sends when it verifies the webhook's url. */
  @IsOptional() @secret()
  WHATSAPP_VERIFY_TOKEN?: string;

  /** What Botmaker sends as auth-bm-token: without it, none of its webhooks is taken. */
  @IsOptional() @secret()
  BOTMAKER_WEBHOOK_TOKEN?: string;

  /** Transcribes recordings that come without a transcript: a Deepgram key, and another address of its API. */
  @IsOptional() @secret()
  DEEPGRAM_API_KEY?: string;

  @IsUrl({ require_tld: false, require_protocol: true })
  DEEPGRAM_BASE_URL = 'https://api.deepgram.com';

  /** Recordings are kept in this bucket; in DATA_DIR where absent. */
  @IsOptional() @secret()
  S3_BUCKET?: string;

  /** Of a store that is not Amazon's. */
  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  S3_ENDPOINT?: string;

  @IsString()
  S3_REGION = 'us-east-1';

  @IsOptional() @secret()
  S3_ACCESS_KEY_ID?: string;

  @IsOptional() @secret()
  S3_SECRET_ACCESS_KEY?: string;

  /** How long the contacts' log is kept. */
  @wholeNumber(1, 36_500)
  ACTIVITY_RETENTION_DAYS = 400;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL = 'info';
}

export class ConfigurationError extends PlainError {
  constructor(readonly faults: string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** @throws ConfigurationError with everything that is wrong, not only the first. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const config = plainToInstance(Config, given, { exposeDefaultValues: true });
  const faults = validateSync(config, { stopAtFirstError: true }).flatMap((fault) => Object.values(fault.constraints ?? {}));
  faults.push(...bucketFaults(config));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return config;
}

const missingOf = (given: (name: keyof Config) => boolean, names: (keyof Config)[]): string | undefined =>
  names.some(given) && !names.every(given) ? `${names.filter(given).join(', ')} is set without ${names.filter((name) => !given(name)).join(', ')}` : undefined;

/** Settings of a bucket of which some are missing: files would silently be kept on this machine's disk, or nowhere. */
function bucketFaults(config: Config): string[] {
  const given = (name: keyof Config): boolean => config[name] !== undefined;
  const half = missingOf(given, ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']);
  const without = (['S3_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const).filter((name) => !given('S3_BUCKET') && given(name));
  return [...(half ? [`${half}: set both, or neither`] : []), ...(without.length > 0 ? [`${without.join(', ')} is set without S3_BUCKET: name the bucket, or set none of them`] : [])];
}

/** Of which one is of no use without the other: the sandbox stands in. */
const ACCOUNTS: (keyof Config)[][] = [
  ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
  ['ELEMENTE_USERNAME', 'ELEMENTE_PASSWORD'],
];

/** What works and is hardly meant, in words for whoever started the process. */
export function configurationWarnings(env: NodeJS.ProcessEnv = process.env): string[] {
  const given = (name: keyof Config): boolean => Boolean(env[name]);
  const warnings: [boolean, string][] = [
    [/\/$/.test(env.PUBLIC_URL ?? ''), `PUBLIC_URL ends with a slash, and is taken without it.`],
    [given('VAPI_API_KEY') && !given('PUBLIC_URL'), 'VAPI_API_KEY is set without PUBLIC_URL: Vapi cannot reach this server, so that the ends of calls are found out by asking, minutes later.'],
    [given('TWILIO_ACCOUNT_SID') && given('TWILIO_AUTH_TOKEN') && !given('PUBLIC_URL'), 'TWILIO_ACCOUNT_SID is set without PUBLIC_URL: Twilio cannot reach this server, and no bridge will come about.'],
    [given('WHATSAPP_ACCESS_TOKEN') && !given('WHATSAPP_APP_SECRET'), 'WHATSAPP_ACCESS_TOKEN is set without WHATSAPP_APP_SECRET: no webhook can be believed, so that neither answers nor statuses come in.'],
    [given('WHATSAPP_ACCESS_TOKEN') && !given('WHATSAPP_VERIFY_TOKEN'), 'WHATSAPP_ACCESS_TOKEN is set without WHATSAPP_VERIFY_TOKEN: WhatsApp cannot verify the url of its webhooks.'],
    [given('VAPI_WEBHOOK_SECRET') && !given('VAPI_API_KEY'), 'VAPI_WEBHOOK_SECRET is set without VAPI_API_KEY: the sandbox plays Vapi, and nobody is called.'],
    [given('S3_BUCKET') && !given('S3_ACCESS_KEY_ID'), 'S3_BUCKET is set without S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: the role of this machine has to let it in.'],
    [new Set(env.ENCRYPTION_KEY?.trim()).size < MIN_DIFFERENT && given('ENCRYPTION_KEY'), 'ENCRYPTION_KEY has hardly any different characters, and can be guessed: openssl rand -hex 32 makes a good one.'],
  ];
  const halves = ACCOUNTS.map((names) => missingOf(given, names)).filter((half) => half !== undefined);
  return [...halves.map((half) => `${half}: that is no account, and the sandbox plays the provider, so that nobody is called.`), ...warnings.filter(([holds]) => holds).map(([, text]) => text)];
}

const MIN_DIFFERENT = 8;
