import type { Lease } from '../../platform/queue/lease';
import type { Connection } from '../connections';
import type { Disposition } from './dispositions';

/** Who can dial. */
export const CALL_PROVIDERS = ['vapi', 'twilio', 'elemente'] as const;
export type CallProviderName = (typeof CALL_PROVIDERS)[number];

/** An agent that a request describes in itself (StartAgentCall): our words, which an adapter turns into its provider's. */
export interface DescribedAgent {
  kind: 'agent';
  systemPrompt: string;
  firstMessage: string;
  /** BCP 47, as es-MX. */
  language: string;
  agentName: string;
  variables: Record<string, unknown>;
  maxDurationSeconds?: number;
  /** The request's own providerConfig, checked: model, voice, transcriber (contract, VapiProviderConfig). */
  providerConfig?: ProviderConfig;
}

export interface ProviderConfig {
  model?: { maxTokens?: number; temperature?: number; model?: { provider?: string; model?: string } };
  voice?: { provider?: string; voiceId?: string; model?: string; speed?: number; stability?: number; style?: number; optimizeStreamingLatency?: number };
  transcriber?: { provider?: string; model?: string; localization?: Localization; confidenceThreshold?: number; keywords?: string[] };
}

export const LOCALIZATIONS = ['CL', 'MX', 'CO', 'PE', 'US'] as const;
export type Localization = (typeof LOCALIZATIONS)[number];

/** An agent that is configured at the provider (StartVoiceAgentCall). */
export interface ConfiguredAgent {
  kind: 'voice-agent';
  assistantId: string | null;
  /** A transient assistant in the provider's own JSON, in place of assistantId. */
  assistant: Record<string, unknown> | null;
  skillId: string | null;
  /** Elemente: call, sms, whatsapp, email, webchat. */
  channel: string | null;
  /** variableDefaults overlaid with contextVariables, and nothing else. */
  variables: Record<string, unknown>;
}

/** Two phones: the agent's rings first, and the customer's once that is picked up. */
export interface Bridge {
  kind: 'bridge';
  /** E.164 */
  agentNumber: string;
}

export type CallWork = DescribedAgent | ConfiguredAgent | Bridge;

/** One attempt at one call, with all that a provider needs. */
export interface DialOrder {
  tenantId: number;
  callId: number;
  /** 1 for the first; goes to the provider as well, so that a look-up can tell attempts apart. */
  attempt: number;
  /** Our number that calls, E.164, and its id at the provider. */
  from: { number: string; providerId: string | null };
  /** E.164; for the other channels of Elemente the address. */
  to: string;
  customer: { firstName: string | null; lastName: string | null; email: string | null };
  work: CallWork;
}

/** What was sent and what came back, as it was, with secrets masked: an entry of the contact's log. */
export interface Exchange {
  /** {method, url, body} */
  request: Record<string, unknown>;
  /** {status, status_text, body}, as seed 000 shows it; null where nothing came back. */
  response: { status: number; status_text: string; body: unknown } | null;
}

/** How a request to dial ended. Nothing is thrown but LeaseLost: whatever else happens is one of these. */
export type DialResult = { exchange: Exchange; limit?: number } & (
  | { kind: 'accepted'; report: CallReport }
  /** All lines taken (Vapi: 400 with concurrencyBlocked): the call waits on, and nothing is spent. */
  | { kind: 'no-line' }
  /** 429: nothing was dialed; leave the provider alone for a while. */
  | { kind: 'slow-down'; retryAfterMs?: number }
  /** The account cannot call at all (401, 402, 403): nobody's call can be dialed until a person acts. */
  | { kind: 'account'; message: string }
  /** This call will never be accepted (other 4xx). */
  | { kind: 'refused'; message: string }
  /** Timeout, reset, 5xx, or an answer that makes no sense: the call may exist. To be looked up, never dialed again blindly. */
  | { kind: 'unknown'; message: string }
);

/** What a provider says of a call, in our words: from its answer to a dial, a webhook or a poll. All but `providerId` may be missing. */
export interface CallReport {
  providerId: string;
  /** Our ids, where the provider gives them back. */
  callId?: number;
  attempt?: number;
  /** `ended` frees the line. */
  phase?: 'queued' | 'ringing' | 'in-progress' | 'ended';
  /** How it ended; from the reason, by the adapter's table. Missing while nobody knows, as for a bridge whose second leg has not reported. */
  disposition?: Disposition;
  /** The provider's own words, kept in metadata.provider. */
  providerStatus?: string;
  providerReason?: string;
  /** ISO 8601 */
  startedAt?: string;
  answeredAt?: string;
  endedAt?: string;
  durationSeconds?: number;
  redirectedTo?: string;
  /** A secret: never shown. */
  controlUrl?: string;
  summary?: string;
  cost?: number;
  transcription?: { text: string; segments: { speaker: string; text: string; start: number; end: number | null }[] };
  recording?: { url: string; providerId?: string; dualChannel?: boolean; durationSeconds?: number; startTime?: string };
  /** Nothing more is to come: the provider has told all that it will. */
  complete?: boolean;
}

/** Whom a look-up seeks: an attempt of which nobody knows whether the provider has it. */
export interface SoughtAttempt {
  tenantId: number;
  callId: number;
  attempt: number;
  /** By our clock. The provider's may be minutes before or behind it, and a request may have gone out long after it was written down. */
  dialedAt: Date;
  /** As they were when it was dialed. */
  from: { number: string; providerId: string | null };
  to: string;
  work: CallWork;
  /** Whether a call that may be it is known to be another attempt's: for providers that give nothing of ours back. */
  isOfAnother(providerId: string): Promise<boolean>;
}

/** A provider that can dial. Adapters live in integrations/, and are bound in app.module.ts; one contract test runs on each. */
export interface CallProvider {
  readonly name: CallProviderName;
  /** Lines that it gives unless it, or the connection, says otherwise. */
  readonly defaultLimit: number;
  /** Least time between two dials on one connection, in ms; 0 is none. */
  readonly paceMs: number;
  /** When a live call is first polled, and how often after that, in ms: a safety net where webhooks come, and the only way where none do. */
  readonly poll: { firstMs: number; everyMs: number };
  /** Its reasons for an end, and what each means: shown by GET /dispositions. A key may end with * for a prefix. */
  readonly reasons: Readonly<Record<string, Disposition>>;
  /** @throws LeaseLost before anything is sent, where the lease does not hold at that very moment; so do hangUp and erase */
  dial(connection: Connection, order: DialOrder, lease: Lease): Promise<DialResult>;
  /** @returns its report, or undefined where the provider has no such call (yet). @throws where it could not be asked */
  find(connection: Connection, sought: SoughtAttempt): Promise<CallReport | undefined>;
  /** @returns undefined where the provider knows no such call, which proves nothing. @throws where it could not be asked */
  get(connection: Connection, providerId: string): Promise<CallReport | undefined>;
  /** Asks for the end of a call; that it has ended is told by a later report. @throws where it could not be asked */
  hangUp(connection: Connection, call: { providerId: string; controlUrl: string | null }, lease: Lease): Promise<void>;
  /** Has the provider delete all that it keeps of a call that has ended; one that it does not know is deleted. Absent where it offers no way. @throws where it could not be asked, or refused */
  erase?(connection: Connection, providerId: string, lease: Lease): Promise<void>;
}

/** Injection token of all adapters: `CallProvider[]`. */
export const CALL_PROVIDER_ADAPTERS = Symbol('CALL_PROVIDER_ADAPTERS');
