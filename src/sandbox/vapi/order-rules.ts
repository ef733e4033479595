import { isObject } from '../loose-json';

/** Says what is wrong with a value, in the words of Vapi, which are those of class-validator. */
type Rule = (value: unknown, path: string) => string[];

const anything: Rule = () => [];

const text =
  (least = 0, most = Infinity): Rule =>
  (value, path) => {
    if (typeof value !== 'string') return [`${path} must be a string`];
    if (value.length < least) return [`${path} must be longer than or equal to ${least} characters`];
    return value.length > most ? [`${path} must be shorter than or equal to ${most} characters`] : [];
  };

const number =
  (least: number, most: number): Rule =>
  (value, path) => {
    if (typeof value !== 'number') return [`${path} must be a number conforming to the specified constraints`];
    if (value < least) return [`${path} must not be less than ${least}`];
    return value > most ? [`${path} must not be greater than ${most}`] : [];
  };

const flag: Rule = (value, path) => (typeof value === 'boolean' ? [] : [`${path} must be a boolean value`]);

const oneOf =
  (...values: string[]): Rule =>
  (value, path) =>
    values.includes(value as string) ? [] : [`${path} must be one of the following values: ${values.join(', ')}`];

const listOf =
  (rule: Rule): Rule =>
  (value, path) =>
    Array.isArray(value) ? value.flatMap((item, at) => rule(item, `${path}.${at}`)) : [`${path} must be an array`];

/** @param isOpen for what has many forms, of which only some properties are looked at */
const object =
  (properties: Record<string, Rule>, required: string[] = [], isOpen = false): Rule =>
  (value, path) => {
    if (!isObject(value)) return [`${path || 'body'} must be an object`];
    const within = path === '' ? '' : `${path}.`;
    return [
      ...required.filter((name) => value[name] === undefined).map((name) => `${within}${name} should not be empty`),
      ...Object.entries(value).flatMap(([name, property]) => {
        const rule = Object.hasOwn(properties, name) ? properties[name] : undefined;
        if (!rule) return isOpen ? [] : [`${within}property ${name} should not exist`];
        return property === undefined || property === null ? [] : rule(property, `${within}${name}`);
      }),
    ];
  };

const notPlayed: Rule = (_, path) => [`${path} is not played by the sandbox: call one customer at a time, now, with an assistant`];

const model = object(
  { provider: text(1), model: text(1), temperature: number(0, 2), maxTokens: number(50, 10_000), messages: listOf(object({ role: text(1), content: anything }, ['role'], true)) },
  ['provider', 'model'],
  true,
);

const voice = object(
  {
    provider: text(1),
    voiceId: text(1),
    speed: number(0.25, 4),
    stability: number(0, 1),
    style: number(0, 1),
    similarityBoost: number(0, 1),
    optimizeStreamingLatency: number(0, 4),
  },
  ['provider'],
  true,
);

const transcriber = object({ provider: text(1), language: text(1), confidenceThreshold: number(0, 1) }, ['provider'], true);

const backoffPlan = object({ type: oneOf('fixed', 'exponential'), maxRetries: number(0, 10), baseDelaySeconds: number(0, 10), excludedStatusCodes: listOf(number(100, 599)) }, [
  'type',
  'maxRetries',
  'baseDelaySeconds',
]);

const server = object({
  url: text(1),
  timeoutSeconds: number(1, 300),
  headers: object({}, [], true),
  backoffPlan,
  credentialId: text(1),
  staticIpAddressesEnabled: flag,
  encryptedPaths: listOf(text()),
});

const SERVER_MESSAGES = [
  ...[
    'assistant.started',
    'assistant.speechStarted',
    'conversation-update',
    'end-of-call-report',
    'function-call',
    'hang',
    'language-changed',
    'language-change-detected',
    'model-output',
  ],
  ...[
    'phone-call-control',
    'speech-update',
    'status-update',
    'transcript',
    'transcript[transcriptType="final"]',
    'tool-calls',
    'transfer-destination-request',
    'handoff-destination-request',
  ],
  ...[
    'transfer-update',
    'user-interrupted',
    'voice-input',
    'chat.created',
    'chat.deleted',
    'session.created',
    'session.updated',
    'session.deleted',
    'call.deleted',
    'call.delete.failed',
  ],
];

const ASSISTANT: Record<string, Rule> = {
  name: text(0, 40),
  firstMessage: text(),
  firstMessageInterruptionsEnabled: flag,
  firstMessageMode: oneOf('assistant-speaks-first', 'assistant-speaks-first-with-model-generated-message', 'assistant-waits-for-user'),
  model,
  voice,
  transcriber,
  server,
  serverMessages: listOf(oneOf(...SERVER_MESSAGES)),
  maxDurationSeconds: number(10, 43_200),
  voicemailMessage: text(0, 1000),
  endCallMessage: text(0, 1000),
  endCallPhrases: listOf(text(2, 140)),
  modelOutputInMessagesEnabled: flag,
  metadata: object({}, [], true),
  credentialIds: listOf(text(1)),
  ...Object.fromEntries(
    ['voicemailDetection', 'clientMessages', 'backgroundSound', 'transportConfigurations', 'observabilityPlan', 'credentials', 'hooks', 'compliancePlan'].map((name) => [
      name,
      anything,
    ]),
  ),
  ...Object.fromEntries(
    ['backgroundSpeechDenoisingPlan', 'analysisPlan', 'artifactPlan', 'startSpeakingPlan', 'stopSpeakingPlan', 'monitorPlan', 'keypadInputPlan'].map((name) => [
      name,
      object({}, [], true),
    ]),
  ),
};

const OVERRIDES: Record<string, Rule> = { ...ASSISTANT, variableValues: object({}, [], true), 'tools:append': listOf(anything) };

const CUSTOMER: Record<string, Rule> = {
  number: text(3, 40),
  numberE164CheckEnabled: flag,
  name: text(0, 40),
  email: text(0, 40),
  externalId: text(0, 40),
  extension: text(0, 10),
  assistantOverrides: object(OVERRIDES),
  squadOverrides: notPlayed,
  sipUri: notPlayed,
};

const PHONE_NUMBER = object({ twilioPhoneNumber: text(1), twilioAccountSid: text(1) }, ['twilioPhoneNumber', 'twilioAccountSid'], true);

const ORDER: Record<string, Rule> = {
  name: text(0, 40),
  assistantId: text(1),
  assistant: object(ASSISTANT),
  assistantVersion: text(),
  assistantOverrides: object(OVERRIDES),
  phoneNumberId: text(1),
  phoneNumber: PHONE_NUMBER,
  customer: object(CUSTOMER),
  transport: object({}, [], true),
  ...Object.fromEntries(
    ['customers', 'customerId', 'schedulePlan', 'squadId', 'squad', 'squadOverrides', 'workflowId', 'workflow', 'workflowOverrides'].map((name) => [name, notPlayed]),
  ),
};

/** Properties that Vapi knows, by the name of their schema in its specification. */
export const KNOWN_PROPERTIES = {
  CreateCallDTO: Object.keys(ORDER),
  CreateAssistantDTO: Object.keys(ASSISTANT),
  AssistantOverrides: Object.keys(OVERRIDES),
  CreateCustomerDTO: Object.keys(CUSTOMER),
};

export interface Assistant {
  firstMessage?: string;
  transcriber?: { language?: string };
  server?: { url?: string; timeoutSeconds?: number; headers?: Record<string, unknown>; backoffPlan?: BackoffPlan };
  serverMessages?: string[];
  artifactPlan?: { recordingEnabled?: boolean };
  variableValues?: Record<string, unknown>;
}

export interface BackoffPlan {
  type: 'fixed' | 'exponential';
  maxRetries: number;
  baseDelaySeconds: number;
  excludedStatusCodes?: number[];
}

/** What POST /call asks for, of which the sandbox looks at these; the rest is given back as it came. */
export interface VapiOrder {
  name?: string;
  assistantId?: string;
  assistant?: Assistant;
  assistantOverrides?: Assistant;
  phoneNumberId?: string;
  customer: { number: string; name?: string; externalId?: string };
}

const E164 = /^\+[1-9]\d{1,14}$/;
const ANY_NUMBER = /^\+?[a-zA-Z0-9]+$/;

/** @returns everything that Vapi would refuse; empty where the body is a VapiOrder */
export function faultsOf(body: unknown): string[] {
  const faults = object(ORDER)(body, '');
  if (!isObject(body)) return faults;
  if (!body.assistantId && !body.assistant) faults.push('Need Either `assistantId` Or `assistant`');
  if (!body.phoneNumberId && !body.phoneNumber) faults.push('Need Either `phoneNumberId` Or `phoneNumber`');
  const customer = isObject(body.customer) ? body.customer : {};
  const allowed = customer.numberE164CheckEnabled === false ? ANY_NUMBER : E164;
  if (typeof customer.number !== 'string') faults.push('customer.number should not be empty');
  else if (!allowed.test(customer.number))
    faults.push('customer.number must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1).');
  return [...new Set(faults)];
}
