import { Transform, plainToInstance } from 'class-transformer';
import { IsIn, IsISO31661Alpha2, IsOptional, IsString, IsUrl, Matches, ValidateBy, type ValidationArguments, validateSync } from 'class-validator';
import { PlainError } from '../errors/plain-error';

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
  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  PUBLIC_URL?: string;

  /** The url under which the product's own processes reach the API, where that is not HOST and PORT: a worker plays with the sandbox there. */
  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  INTERNAL_URL?: string;

  /** Key of everything that is encrypted or signed; made and kept in DATA_DIR where absent. */
  @IsOptional() @Matches(/^.{32,}$/, { message: 'ENCRYPTION_KEY must have at least 32 characters' })
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
  @IsOptional() @IsString()
  VAPI_API_KEY?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  VAPI_BASE_URL?: string;

  /** Proves that a webhook comes from Vapi. */
  @IsOptional() @IsString()
  VAPI_WEBHOOK_SECRET?: string;

  /** Telephony by Twilio: the account. Without it and its token, the sandbox plays Twilio. */
  @IsOptional() @Matches(/^AC\w+$/, { message: 'TWILIO_ACCOUNT_SID must begin with AC' })
  TWILIO_ACCOUNT_SID?: string;

  /** Also proves that a webhook comes from Twilio. */
  @IsOptional() @IsString()
  TWILIO_AUTH_TOKEN?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  TWILIO_BASE_URL?: string;

  /** Elemente. Without user and password, the sandbox plays it. */
  @IsOptional() @IsString()
  ELEMENTE_USERNAME?: string;

  @IsOptional() @IsString()
  ELEMENTE_PASSWORD?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  ELEMENTE_BASE_URL?: string;

  /** Messages by WhatsApp Cloud: the access token of a system user. Without it, the sandbox plays WhatsApp. */
  @IsOptional() @IsString()
  WHATSAPP_ACCESS_TOKEN?: string;

  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  WHATSAPP_BASE_URL?: string;

  /** Proves that a webhook comes from WhatsApp: without it, none is taken. */
  @IsOptional() @IsString()
  WHATSAPP_APP_SECRET?: string;

  /** The word which WhatsApp sends when it verifies the webhook's url. */
  @IsOptional() @IsString()
  WHATSAPP_VERIFY_TOKEN?: string;

  /** What Botmaker sends as auth-bm-token: without it, none of its webhooks is taken. */
  @IsOptional() @IsString()
  BOTMAKER_WEBHOOK_TOKEN?: string;

  /** Transcribes recordings that come without a transcript: a Deepgram key, and another address of its API. */
  @IsOptional() @IsString()
  DEEPGRAM_API_KEY?: string;

  @IsUrl({ require_tld: false, require_protocol: true })
  DEEPGRAM_BASE_URL = 'https://api.deepgram.com';

  /** Recordings are kept in this bucket; in DATA_DIR where absent. */
  @IsOptional() @IsString()
  S3_BUCKET?: string;

  /** Of a store that is not Amazon's. */
  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  S3_ENDPOINT?: string;

  @IsString()
  S3_REGION = 'us-east-1';

  @IsOptional() @IsString()
  S3_ACCESS_KEY_ID?: string;

  @IsOptional() @IsString()
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
  if (faults.length > 0) throw new ConfigurationError(faults);
  return config;
}
