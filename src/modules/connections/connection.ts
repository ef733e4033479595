/** The providers that the product can be connected to. */
export const PROVIDERS = ['vapi', 'whatsapp', 'twilio', 'elemente', 'botmaker'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** Who only tells us things: there is nothing to log in to, and nothing to play. */
export const TELLERS: ReadonlySet<ProviderName> = new Set(['botmaker']);

/** A provider's account, ready for use: whom to call, and as whom. */
export interface Connection {
  id: number;
  /** Null for the account that the environment names, which all tenants without one of their own share. */
  tenantId: number | null;
  provider: ProviderName;
  /** Without a version path and without a / at the end; the sandbox's own where there are no credentials. */
  baseUrl: string;
  /** Whether the operator, not a tenant, named the address: then it may be inside the operator's own network. */
  trusted: boolean;
  /** True where there are no credentials: the built-in sandbox plays the provider. */
  sandbox: boolean;
  /** botmaker {}; vapi {apiKey}; twilio {accountSid, authToken}; elemente {username, password}; whatsapp {accessToken, appSecret, verifyToken}. The sandbox's own where it plays. */
  credentials: Readonly<Record<string, string>>;
  /** Proves that a webhook comes from the provider; the sandbox is given one, too. Null where none is set. */
  webhookSecret: string | null;
  /** Where the provider is to send its webhooks; paths may be added below it. */
  webhookUrl: string;
  /** Set by a person; wins where it is below what the provider says. */
  concurrencyLimit: number | null;
}

/** Notices of this topic name a connection: something waits for its lines, one has come free, or it can be used again. */
export const DIAL_TOPIC = 'dial';
