import { TIMINGS } from './life';
import type { MessageScript, Script } from './script';

/** A part of it plays for calls or for messages only: the other is as of any number. */
interface MagicNumber {
  /** Last digits. */
  digits: string;
  call?: Partial<Script>;
  callMeaning?: string;
  message?: Partial<MessageScript>;
  messageMeaning?: string;
}

const ANSWERED: Script = { ending: 'answered', talkSeconds: TIMINGS.talk };
const READ: MessageScript = { reaches: 'read', reply: 'text', repliesToTemplates: true };

/** Of messages, in seconds at speed 1. */
export const MESSAGE_TIMINGS = { sent: 0.3, delivered: 0.6, read: 1.2, reply: 1.5 } as const;

const fails = (code: number): Partial<MessageScript> => ({ reaches: 'failed', code });
const answers = (reply: MessageScript['reply']): Partial<MessageScript> => ({ reply, repliesToTemplates: false });

/** WhatsApp's errors that can be asked for by the last four digits of their codes: those that come by webhook, and those that refuse the request. */
const FAILURES: readonly [number, string][] = [
  [130472, 'the person is part of an experiment'],
  [131026, 'undeliverable'],
  [131047, 'more than 24 hours since they wrote'],
  [131049, 'Meta chose not to deliver'],
  [131050, 'marketing is not wanted'],
  [131051, 'unsupported type'],
  [131053, 'the media cannot be used'],
];
const REFUSALS: readonly [number, string][] = [
  [131031, 'the account is locked'],
  [131042, 'payment problem'],
  [131048, 'too much spam from this number'],
  [132000, 'wrong number of parameters'],
  [132001, 'no such template'],
  [132007, 'the template breaks a policy'],
  [132015, 'the template is paused'],
];

const digitsOf = (code: number): string => String(code).slice(-4);

/** What the last four digits of a number play: this table is the documentation, and GET /docs shows it. */
const MAGIC_NUMBERS: readonly MagicNumber[] = [
  { digits: '0001', call: { ending: 'busy' }, callMeaning: 'Busy.' },
  { digits: '0002', call: { ending: 'no-answer' }, callMeaning: `Rings for ${TIMINGS.noAnswer} s, and nobody answers.` },
  { digits: '0003', call: { ending: 'voicemail' }, callMeaning: 'A machine answers. Twilio only tells machines where it was asked to detect them.' },
  { digits: '0004', call: { ending: 'failed' }, callMeaning: "Fails in the provider's network.", message: fails(131000), messageMeaning: 'Fails by webhook: 131000.' },
  {
    digits: '0005',
    call: { request: 'no-line-once' },
    callMeaning: 'No free line: Vapi answers 400 Over Concurrency Limit., Twilio and Elemente 429; asked again, the call is made.',
    message: { request: 'no-line-once' },
    messageMeaning: 'Refused once with 130429, too many messages; asked again, it is taken.',
  },
  {
    digits: '0006',
    call: { request: 'slow' },
    callMeaning: 'The call is made at once, and the request answered after 15 s, at any speed.',
    message: { request: 'slow' },
    messageMeaning: 'Taken at once, and answered after 15 s, at any speed.',
  },
  { digits: '0007', call: { webhooks: 'lost' }, callMeaning: 'No webhook ever comes.', message: { webhooks: 'lost' }, messageMeaning: 'No webhook ever comes.' },
  {
    digits: '0008',
    call: { webhooks: 'disordered' },
    callMeaning: 'Every webhook comes twice, the last one first, after the call has ended.',
    message: { webhooks: 'disordered' },
    messageMeaning: 'Every webhook comes twice, the last one first.',
  },
  {
    digits: '0009',
    call: { request: 'refused' },
    callMeaning: 'The request is refused: 400 and a message.',
    message: { request: 'refused' },
    messageMeaning: 'Refused: 131009.',
  },
  { digits: '0010', call: { ending: 'misdialed' }, callMeaning: 'The number does not exist.', message: fails(131026), messageMeaning: 'Not on WhatsApp: fails by webhook, 131026.' },
  {
    digits: '0011',
    call: { request: 'error-after', unseen: true },
    callMeaning: 'Answers 500, and the call is made all the same; look-ups see it after 1 s.',
    message: { request: 'error-after' },
    messageMeaning: 'Answers 500 with a page, and the message is sent all the same.',
  },
  { digits: '0012', call: { request: 'error' }, callMeaning: 'Answers 500, and no call is made.', message: { request: 'error' }, messageMeaning: 'Answers 500 with 131000 each time.' },
  {
    digits: '0013',
    call: { request: 'slow-down-once' },
    callMeaning: 'Answers 429 with Retry-After: 1; asked again, the call is made.',
    message: { request: 'slow-down-once' },
    messageMeaning: 'Refused once with 131056, too many to this person; asked again, it is taken.',
  },
  {
    digits: '0014',
    call: { ending: 'unheard-of', talkSeconds: 1 },
    callMeaning: 'Ends after 1 s, for a reason that no documentation knows.',
    message: fails(139_999),
    messageMeaning: 'Fails by webhook with a code that no documentation knows.',
  },
  {
    digits: '0015',
    call: { request: 'reset-after', webhooks: 'lost', unseen: true },
    callMeaning: 'The connection is reset once the call is made; look-ups see it after 1 s, and no webhook ever comes.',
    message: { request: 'reset-after' },
    messageMeaning: 'The connection is reset once it is taken; webhooks come.',
  },
  { digits: '0016', call: { request: 'unpaid' }, callMeaning: 'The account may not call: 402, of Twilio 403.', message: { request: 'unpaid' }, messageMeaning: 'Refused: 131042, payment.' },
  { digits: '0017', call: { webhooks: 'report-lost' }, callMeaning: "The last webhook is lost: Vapi's end-of-call-report, Twilio's of the recording." },
  {
    digits: '0018',
    call: { webhooks: 'early' },
    callMeaning: 'The first webhook comes before the request is answered.',
    message: { webhooks: 'early' },
    messageMeaning: '`sent` comes before the request is answered.',
  },
  { digits: '0101', message: { reaches: 'delivered' }, messageMeaning: 'Delivered, and never read.' },
  { digits: '0102', message: { reaches: 'sent' }, messageMeaning: 'Sent, and never delivered.' },
  { digits: '0103', message: answers('echo'), messageMeaning: 'Read, and answered with what was sent: echo.' },
  { digits: '0104', message: { reply: undefined }, messageMeaning: 'Read, and never answered.' },
  { digits: '0105', message: answers('image'), messageMeaning: 'Answered with an image.' },
  { digits: '0106', message: answers('voice'), messageMeaning: 'Answered with a voice note.' },
  { digits: '0107', message: answers('press'), messageMeaning: 'Answered by pressing the first button or row; of a template, its first quick reply.' },
  { digits: '0108', message: answers('reaction'), messageMeaning: 'Answered with a reaction: 👍.' },
  { digits: '0109', message: answers('location'), messageMeaning: 'Answered with a location.' },
  { digits: '0110', message: answers('contacts'), messageMeaning: 'Answered with a contact card.' },
  { digits: '0111', message: answers('unsupported'), messageMeaning: 'Answered with something that WhatsApp does not pass on.' },
  { digits: '0112', message: { optedOut: true }, messageMeaning: 'Wants no marketing: says so by webhook, and templates fail with 131050.' },
  { digits: '0113', message: { ...answers('text'), hidesPhone: true }, messageMeaning: 'Hides the phone: answers under an id of WhatsApp’s own.' },
  { digits: '0114', message: { ...fails(131000), deliveredAfterAll: true }, messageMeaning: 'Fails on one device, and is delivered on another after all.' },
  { digits: '0115', message: { reaches: 'delivered', deliveredSeconds: 15 }, messageMeaning: 'Delivered after 15 s.' },
  ...FAILURES.map(([code, why]) => ({ digits: digitsOf(code), message: fails(code), messageMeaning: `Fails by webhook with ${code}: ${why}.` })),
  ...REFUSALS.map(([code, why]) => ({ digits: digitsOf(code), message: { ...fails(code), refused: true }, messageMeaning: `Refused with ${code}: ${why}.` })),
];

const byDigits = new Map(MAGIC_NUMBERS.map((magic) => [magic.digits, magic]));

/** An address's digits, before the @ of an email address. */
const lastDigitsOf = (address: string): string => (address.split('@')[0] ?? '').replace(/\D/g, '').slice(-4);

/** @param address a phone number, or an email address */
export function scriptOf(address: string): Script {
  const digits = lastDigitsOf(address);
  const seconds = /^02(\d\d)$/.exec(digits)?.[1];
  if (seconds !== undefined && seconds !== '00') return { ...ANSWERED, talkSeconds: Number(seconds) };
  return { ...ANSWERED, ...byDigits.get(digits)?.call };
}

/** @param address a phone number, or WhatsApp's id of a user */
export const messageScriptOf = (address: string): MessageScript => ({ ...READ, ...byDigits.get(lastDigitsOf(address))?.message });

/** The table in Markdown, for the documentation of the API. */
export function magicNumbersTable(): string {
  const rows = MAGIC_NUMBERS.map(({ digits, callMeaning = '', messageMeaning = '' }) => `| \`…${digits}\` | ${callMeaning} | ${messageMeaning} |`);
  const { sent, delivered, read, reply } = MESSAGE_TIMINGS;
  return [
    'Without credentials a provider is played by the built-in sandbox, which looks at the last four digits of the number that is called or written to.',
    `Any number that is not in this table is answered, and ${TIMINGS.talk} s long, with a recording and a transcript. A message to it is sent, delivered and read, and a template is answered.`,
    '',
    '| Number | A call | A WhatsApp message |',
    '|---|---|---|',
    ...rows,
    '| `…0201` to `…0299` | Answered; the last two digits are the length in seconds. | |',
    '',
    `A call rings ${TIMINGS.queued} s after it was made, is picked up ${TIMINGS.ringing} s later, and is reported on ${TIMINGS.report} s after its end; SANDBOX_SPEED makes all of it faster.`,
    "In a bridge, the agent's number plays the agent's leg and the request, and the customer's number the customer's leg and its webhooks.",
    `A message is sent ${sent} s after it was taken, delivered after ${delivered} s, read after ${read} s, and answered after ${reply} s.`,
    'Templates whose names begin with `missing_` do not exist, and those that begin with `paused_` are paused; all others do.',
  ].join('\n');
}
