import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config';
import { sandboxCredentials } from '../../platform/config/sandbox-credentials';
import { Secrets } from '../../platform/config/secrets';
import { ServerAddress } from '../../platform/http/server-address';
import { ENCRYPTION_KEY, Processes } from '../../platform/installation/processes';
import { withoutSlash } from './base-url';
import { type Connection, PROVIDERS, type ProviderName, TELLERS } from './connection';
import type { ConnectionRow } from './connections.repository';
import type { Credentials } from './credentials';

/** What the environment says of a provider. */
interface Environment {
  baseUrl?: string;
  credentials?: Credentials;
  webhookSecret?: string;
}

const OFFICIAL_URLS: Record<ProviderName, string> = {
  vapi: 'https://api.vapi.ai',
  whatsapp: 'https://graph.facebook.com',
  twilio: 'https://api.twilio.com',
  elemente: 'https://api.elemente.ai',
  botmaker: 'https://api.botmaker.com',
};

/** A connection without its secrets: nothing has to be unsealed for it. */
export type ConnectionSettings = Omit<Connection, 'credentials' | 'webhookSecret'>;

/** Makes of a row what it stands for: its own settings, else the environment's, else the provider's own or the sandbox. */
@Injectable()
export class ConnectionReader {
  private readonly environment: Record<ProviderName, Environment>;
  private readonly sandboxCredentials: ReturnType<typeof sandboxCredentials>;

  constructor(
    config: Config,
    private readonly secrets: Secrets,
    private readonly address: ServerAddress,
    private readonly processes: Processes,
  ) {
    this.environment = environmentOf(config);
    for (const provider of PROVIDERS) processes.declare(provider, this.accountOf(provider));
    this.sandboxCredentials = sandboxCredentials(secrets, config);
  }

  /** Why it must not be used now, where other processes were given another account. A tenant's own is in the database, the same for all who have its key. */
  disputeOf({ tenant_id: tenantId, provider }: Pick<ConnectionRow, 'tenant_id' | 'provider'>): string | undefined {
    return this.processes.disputeOf(tenantId === null ? provider : ENCRYPTION_KEY);
  }

  /** The environment's accounts, a line each: to be said at the start. */
  describe(): string[] {
    return PROVIDERS.filter((provider) => !TELLERS.has(provider)).map((provider) => {
      const { baseUrl, credentials } = this.environment[provider];
      return `${provider}: ${credentials ? 'a real account' : 'the sandbox, which dials and sends nothing'}${baseUrl ? `, at ${baseUrl}` : ''}`;
    });
  }

  private accountOf(provider: ProviderName): string | undefined {
    const { baseUrl, credentials } = this.environment[provider];
    return baseUrl || credentials ? JSON.stringify([baseUrl, credentials]) : undefined;
  }

  settingsOf(row: ConnectionRow): ConnectionSettings {
    const { id, tenant_id: tenantId, provider } = row;
    const sandbox = this.isSandbox(row);
    const { internalUrl, publicUrl } = this.address;
    return {
      id,
      tenantId,
      provider,
      baseUrl: row.base_url ?? this.environmentUrl(provider) ?? (sandbox ? this.sandboxUrl(provider) : OFFICIAL_URLS[provider]),
      trusted: tenantId === null || row.base_url === null || this.trustedUrls(provider).includes(row.base_url),
      sandbox,
      webhookUrl: `${sandbox ? internalUrl : publicUrl}/webhooks/${provider}${tenantId === null ? '' : `/${id}`}`,
      concurrencyLimit: row.concurrency_limit,
    };
  }

  /** @throws where ENCRYPTION_KEY is not the one that the row was written with */
  read(row: ConnectionRow): Connection {
    const settings = this.settingsOf(row);
    const { tenantId, provider } = settings;
    const own = row.credentials === null ? undefined : (JSON.parse(this.secrets.open(credentialsPlace(tenantId, provider), row.credentials)) as Credentials);
    const credentials = own ?? (settings.sandbox ? this.sandboxCredentialsOf(settings) : this.environment[provider].credentials);
    return { ...settings, credentials: credentials ?? {}, webhookSecret: this.webhookSecretOf(row) };
  }

  /** What a tenant may name besides public addresses: where the operator has the provider, or the sandbox, be. */
  trustedUrls(provider: ProviderName): string[] {
    return [this.sandboxUrl(provider), this.environmentUrl(provider)].filter((url) => url !== undefined);
  }

  sealCredentials(tenantId: number, provider: ProviderName, credentials: Credentials): string {
    return this.secrets.seal(credentialsPlace(tenantId, provider), JSON.stringify(credentials));
  }

  sealWebhookSecret(tenantId: number, provider: ProviderName, secret: string): string {
    return this.secrets.seal(webhookSecretPlace(tenantId, provider), secret);
  }

  /** WhatsApp is told its webhook's url by nobody: its app has one, and the token names the app. So here, where each connection is an app. */
  private sandboxCredentialsOf({ id, tenantId, provider }: ConnectionSettings): Credentials {
    const { whatsapp } = this.sandboxCredentials;
    if (provider === 'botmaker') return {};
    if (provider !== 'whatsapp' || tenantId === null) return this.sandboxCredentials[provider];
    return { ...whatsapp, accessToken: `${whatsapp.accessToken}.${id}` };
  }

  private isSandbox({ tenant_id, provider, credentials }: ConnectionRow): boolean {
    if (TELLERS.has(provider)) return false;
    return tenant_id === null ? this.environment[provider].credentials === undefined : credentials === null;
  }

  private webhookSecretOf({ tenant_id, provider, webhook_secret }: ConnectionRow): string | null {
    if (webhook_secret !== null) return this.secrets.open(webhookSecretPlace(tenant_id, provider), webhook_secret);
    const given = tenant_id === null ? this.environment[provider].webhookSecret : undefined;
    // WhatsApp signs with the app's own secret, and Botmaker is told one by a person; the others are told one with each request.
    return given ?? (provider === 'whatsapp' || TELLERS.has(provider) ? null : this.secrets.keyFor(`webhook ${provider} ${tenant_id ?? 'environment'}`).toString('hex'));
  }

  private environmentUrl(provider: ProviderName): string | undefined {
    const { baseUrl } = this.environment[provider];
    return baseUrl && withoutSlash(baseUrl);
  }

  private sandboxUrl(provider: ProviderName): string {
    return `${this.address.internalUrl}/sandbox/${provider}`;
  }
}

const credentialsPlace = (tenantId: number | null, provider: ProviderName): string => `connections.credentials ${tenantId} ${provider}`;
const webhookSecretPlace = (tenantId: number | null, provider: ProviderName): string => `connections.webhook_secret ${tenantId} ${provider}`;

function environmentOf(config: Config): Record<ProviderName, Environment> {
  const { VAPI_API_KEY: apiKey, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, ELEMENTE_USERNAME: username, ELEMENTE_PASSWORD: password } = config;
  const { WHATSAPP_ACCESS_TOKEN: accessToken } = config;
  return {
    vapi: { baseUrl: config.VAPI_BASE_URL, credentials: apiKey ? { apiKey } : undefined, webhookSecret: config.VAPI_WEBHOOK_SECRET },
    twilio: { baseUrl: config.TWILIO_BASE_URL, credentials: accountSid && authToken ? { accountSid, authToken } : undefined },
    botmaker: { webhookSecret: config.BOTMAKER_WEBHOOK_TOKEN },
    elemente: { baseUrl: config.ELEMENTE_BASE_URL, credentials: username && password ? { username, password } : undefined },
    whatsapp: { baseUrl: config.WHATSAPP_BASE_URL, credentials: accessToken ? { accessToken, appSecret: config.WHATSAPP_APP_SECRET ?? '', verifyToken: config.WHATSAPP_VERIFY_TOKEN ?? '' } : undefined },
  };
}
