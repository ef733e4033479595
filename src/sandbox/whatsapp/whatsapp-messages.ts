import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../clock';
import { LifeBook } from '../life-book';
import { MESSAGE_TIMINGS, messageScriptOf } from '../magic-numbers';
import type { Postman } from '../postman';
import { type Step, StepPlayer, webhookSteps } from '../step-player';
import { replyOf } from './contact-replies';
import { TITLES } from './whatsapp-error';
import type { WhatsAppMedia } from './whatsapp-media';
import { type WhatsAppAccount, type WhatsAppMessage, waIdOf } from './whatsapp-message';
import type { WhatsAppOrder } from './whatsapp-rules';

const TIMEOUT_MS = 20_000;
const RETRY_DELAYS = [1, 2, 4, 8, 16];
const WABA_ID = '102290129340398';
/** Of one who changes his mind after a failure. */
const AFTER_ALL_SECONDS = 1;
const DAY_SECONDS = 86_400;

type Json = Record<string, unknown>;

/** WhatsApp's messages: their lives, the webhooks that tell of them, and what contacts write back. */
export class WhatsAppMessages {
  private readonly book: LifeBook<WhatsAppMessage>;
  private readonly player: StepPlayer<WhatsAppMessage>;

  constructor(
    private readonly account: WhatsAppAccount,
    private readonly clock: Clock,
    private readonly postman: Postman,
    private readonly media: WhatsAppMedia,
    journal: string | undefined,
  ) {
    this.book = new LifeBook(journal);
    this.player = new StepPlayer(
      clock,
      this.book,
      (message) => this.stepsOf(message),
      (message, step) => this.perform(message, step),
    );
    for (const message of this.book.all()) this.player.play(message);
  }

  async make(order: WhatsAppOrder, phoneNumberId: string, webhookUrl: string): Promise<WhatsAppMessage> {
    const createdAt = Date.now();
    this.book.prune(createdAt);
    const id = `wamid.${randomBytes(30).toString('base64')}`;
    const message: WhatsAppMessage = { id, createdAt, life: { endsAt: null }, done: [], order, phoneNumberId, waId: waIdOf(order.to), webhookUrl };
    message.life = { endsAt: Math.max(createdAt, ...this.stepsOf(message).map(({ at }) => at)) };
    this.book.add(message);
    const early = messageScriptOf(order.to).webhooks === 'early' ? this.player.hurry(message) : undefined;
    this.player.play(message);
    await early;
    return message;
  }

  private stepsOf({ createdAt, order }: WhatsAppMessage): Step[] {
    const script = messageScriptOf(order.to);
    const { reaches, reply, deliveredSeconds = MESSAGE_TIMINGS.delivered } = script;
    const isTemplate = order.type === 'template';
    const step = (name: string, seconds: number): Step => ({ name, at: createdAt + this.clock.ms(seconds) });
    const fails = reaches === 'failed' || (script.optedOut === true && isTemplate);
    const steps = [step('sent', MESSAGE_TIMINGS.sent)];
    if (fails) steps.push(step('failed', MESSAGE_TIMINGS.delivered), ...(script.optedOut ? [step('preference', MESSAGE_TIMINGS.delivered)] : []));
    if (script.deliveredAfterAll) steps.push(step('delivered', AFTER_ALL_SECONDS));
    if (!fails && reaches !== 'sent') steps.push(step('delivered', deliveredSeconds));
    if (!fails && reaches === 'read') steps.push(step('read', MESSAGE_TIMINGS.read));
    if (!fails && reaches === 'read' && reply && (isTemplate || !script.repliesToTemplates)) steps.push(step('reply', MESSAGE_TIMINGS.reply));
    return webhookSteps(script, steps);
  }

  private async perform(message: WhatsAppMessage, { name, at }: Step): Promise<void> {
    const value = this.valueOf(message, name, String(Math.floor(Math.min(at, Date.now()) / 1000)));
    await this.tell(message, value);
    if (messageScriptOf(message.order.to).webhooks === 'disordered') await this.tell(message, value);
  }

  private valueOf(message: WhatsAppMessage, step: string, timestamp: string): Json {
    const common = { messaging_product: 'whatsapp', metadata: { display_phone_number: displayOf(message.phoneNumberId), phone_number_id: message.phoneNumberId } };
    if (step === 'preference') return { ...common, contacts: [this.contactOf(message)], user_preferences: [{ wa_id: message.waId, detail: 'User requested to stop marketing messages', category: 'marketing_messages', value: 'stop', timestamp }] };
    if (step !== 'reply') return { ...common, statuses: [this.statusOf(message, step, timestamp)] };
    const { hidesPhone, reply } = messageScriptOf(message.order.to);
    const whose = hidesPhone ? { from_user_id: bsuidOf(message) } : { from: message.waId };
    return { ...common, contacts: [this.contactOf(message)], messages: [{ ...whose, id: this.replyIdOf(message), timestamp, ...(reply && replyOf(reply, message, this.media)) }] };
  }

  private statusOf({ id, waId, order }: WhatsAppMessage, status: string, timestamp: string): Json {
    const { code = 131050 } = messageScriptOf(order.to);
    const origin = order.type === 'template' ? 'marketing' : 'service';
    return {
      id,
      status,
      timestamp,
      recipient_id: waId,
      ...(order.callbackData !== undefined && { biz_opaque_callback_data: order.callbackData }),
      ...(status === 'sent' && { conversation: { id: createHmac('sha256', this.account.appSecret).update(waId).digest('hex').slice(0, 32), expiration_timestamp: String(Number(timestamp) + DAY_SECONDS), origin: { type: origin } } }),
      ...((status === 'sent' || status === 'delivered') && { pricing: { billable: origin !== 'service', pricing_model: 'PMP', category: origin } }),
      ...(status === 'failed' && { errors: [errorOf(code)] }),
    };
  }

  private contactOf(message: WhatsAppMessage): Json {
    const profile = { name: 'Ana Prueba' };
    return messageScriptOf(message.order.to).hidesPhone ? { profile, user_id: bsuidOf(message) } : { profile, wa_id: message.waId };
  }

  /** Not random: a reply that is told again after a restart is the same. */
  private replyIdOf({ id }: WhatsAppMessage): string {
    return `wamid.${createHmac('sha256', this.account.appSecret).update(`reply to ${id}`).digest('base64')}`;
  }

  private async tell({ webhookUrl }: WhatsAppMessage, value: Json): Promise<void> {
    const field = 'user_preferences' in value ? 'user_preferences' : 'messages';
    const body = escaped(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: WABA_ID, changes: [{ value, field }] }] }));
    const signature = createHmac('sha256', this.account.appSecret).update(body).digest('hex');
    await this.postman.deliver({
      url: webhookUrl,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'facebookexternalua', 'x-hub-signature-256': `sha256=${signature}` },
      body,
      timeoutMs: TIMEOUT_MS,
      retryDelays: RETRY_DELAYS,
    });
  }
}

const errorOf = (code: number): Json => {
  const title = TITLES[code] ?? 'An error that nobody knows';
  return { code, title, message: title, error_data: { details: `${title}: the sandbox was asked for it, by the last digits of the number.` }, href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/' };
};

/** Meta escapes all that is not ASCII: a signature over JSON that was written anew would not match. */
const escaped = (json: string): string => json.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const displayOf = (phoneNumberId: string): string => phoneNumberId.replace(/\D/g, '') || '15550000000';

const bsuidOf = ({ waId }: WhatsAppMessage): string => (/^[A-Z]{2}\./.test(waId) ? waId : `MX.${createHmac('sha256', 'user').update(waId).digest('hex').slice(0, 20)}${waId.slice(-4)}`);
