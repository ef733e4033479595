import { randomUUID } from 'node:crypto';
import { LifeBook } from '../life-book';
import type { Clock } from '../clock';
import { type Life, TIMINGS, cutShort, lifeOf, phaseOf } from '../life';
import { scriptOf } from '../magic-numbers';
import { type Postman, type Reply, isSuccess } from '../postman';
import { type Step, StepPlayer, webhookSteps } from '../step-player';
import { type TwilioAccount, type TwilioCall, hexOf, isRecorded } from './twilio-call';
import { callbackForm, dialForm, recordingForm } from './twilio-forms';
import { signatureOf } from './twilio-signature';
import { type Dial, type Method, dialsOf } from './twiml';

export type CallRequest = Pick<TwilioCall, 'to' | 'from' | 'instructions' | 'callback' | 'callbackMethod' | 'callbackEvents' | 'detectsMachines' | 'baseUrl'>;

const TIMEOUT_MS = 15_000;
/** Twilio begins one call a second, and lets the others wait. */
const PACE_SECONDS = 1;
/** Where a call begins is told first, where it ends last. */
const STATUS_STEPS = ['initiated', 'ringing', 'answered', 'completed'];

/** Twilio's calls: a leg that is picked up does what its TwiML says, and a <Dial> rings another. */
export class TwilioCalls {
  private readonly book: LifeBook<TwilioCall>;
  private readonly player: StepPlayer<TwilioCall>;
  private lastStart = 0;

  constructor(
    private readonly account: TwilioAccount,
    private readonly clock: Clock,
    private readonly postman: Postman,
    journal: string | undefined,
  ) {
    this.book = new LifeBook(journal);
    this.player = new StepPlayer(
      clock,
      this.book,
      (call) => this.stepsOf(call),
      (call, step) => this.perform(call, step),
    );
    for (const call of this.book.all()) this.player.play(call);
  }

  async make(request: CallRequest): Promise<TwilioCall> {
    this.book.prune(Date.now());
    const createdAt = Date.now();
    const startsAt = Math.max(createdAt, this.lastStart + this.clock.ms(PACE_SECONDS));
    this.lastStart = startsAt;
    const script = scriptOf(request.to);
    const life = lifeOf(script, startsAt, this.account.speed);
    // A leg that is picked up lasts as long as its TwiML.
    const openEnded = life.answeredAt === null || script.ending === 'unheard-of' ? life : { ...life, endsAt: null };
    const visibleAt = createdAt + (script.unseen ? this.clock.ms(TIMINGS.unseen) : 0);
    const call = this.book.add({ ...request, id: `CA${hexOf(randomUUID())}`, createdAt, life: openEnded, done: [], parentSid: null, visibleAt });
    const first = script.webhooks === 'early' ? this.player.hurry(call) : undefined;
    this.player.play(call);
    await first;
    return call;
  }

  find(sid: string): TwilioCall | undefined {
    const call = this.book.get(sid);
    return call && call.visibleAt <= Date.now() ? call : undefined;
  }

  /** Newest first. */
  all(): TwilioCall[] {
    const now = Date.now();
    return this.book
      .all()
      .filter(({ visibleAt }) => visibleAt <= now)
      .reverse();
  }

  legsOf(parent: TwilioCall): TwilioCall[] {
    return this.book.all().filter(({ parentSid }) => parentSid === parent.id);
  }

  hangUp(call: TwilioCall): void {
    const now = Date.now();
    if (phaseOf(call.life, now) === 'ended') return;
    this.live(call, cutShort(call.life, now));
    for (const leg of this.legsOf(call)) this.hangUp(leg);
  }

  remove(call: TwilioCall): void {
    this.clock.clear(call.id);
    this.book.remove(call);
  }

  removeRecording(leg: TwilioCall): void {
    this.book.change(leg, { recordingRemoved: true });
  }

  private stepsOf(call: TwilioCall): Step[] {
    const { startsAt, ringsAt, answeredAt, endsAt } = call.life;
    const due: [string, number | null][] = [
      ['initiated', startsAt],
      ['ringing', ringsAt],
      ['answered', answeredAt],
      ['completed', endsAt],
    ];
    const statuses = due.flatMap(([name, at]) => (at === null || call.callback === undefined || !call.callbackEvents.includes(name) ? [] : [{ name, at }]));
    const recorded = endsAt !== null && call.dial?.record?.callback !== undefined && isRecorded(call) ? [{ name: 'recorded', at: endsAt + this.clock.ms(TIMINGS.report) }] : [];
    const script = scriptOf(call.to);
    // The last webhook is the recording's: a leg without one loses none.
    const told = script.webhooks === 'report-lost' ? statuses : webhookSteps(script, [...statuses, ...recorded]);
    const followed = call.instructions && answeredAt !== null && endsAt === null ? [{ name: 'followed', at: answeredAt }] : [];
    const dialed = call.dial && endsAt !== null ? [{ name: 'dialed', at: endsAt }] : [];
    return [...told, ...followed, ...dialed];
  }

  private async perform(call: TwilioCall, { name }: Step): Promise<void> {
    if (name === 'followed') return this.follow(call, await this.instructionsOf(call));
    if (name === 'dialed') return this.afterDial(call);
    if (name === 'recorded') return this.tell(call, call.dial?.record?.callback, call.dial?.record?.callbackMethod, recordingForm(this.account, call));
    const form = callbackForm(this.account, call, name, STATUS_STEPS.indexOf(name));
    return this.tell(call, call.callback, call.callbackMethod, form);
  }

  /** Rings the first of the dials; without any, the call is over. @param after the leg that was dialed before */
  private follow(call: TwilioCall, [dial, ...nextDials]: Dial[], after?: TwilioCall): void {
    if (this.clock.closed || phaseOf(call.life, Date.now()) === 'ended') return;
    if (!dial) return this.live(call, { ...call.life, endsAt: Date.now() });
    // Not random: a restart in between must not ring it a second time.
    const id = `CA${hexOf(`leg after ${(after ?? call).id}`)}`;
    if (this.book.get(id)) return;
    const { number: to, callback, callbackMethod, callbackEvents } = dial;
    const now = Date.now();
    const life = lifeOf(scriptOf(to), now, this.account.speed);
    const leg = { id, parentSid: call.id, to, from: dial.callerId ?? call.from, createdAt: now, life, done: [], visibleAt: now, baseUrl: call.baseUrl, dial, nextDials };
    this.player.play(this.book.add({ ...leg, callback, callbackMethod, callbackEvents, detectsMachines: false }));
  }

  /** The parent goes on: as its action says, else with what comes next in its TwiML. */
  private async afterDial(leg: TwilioCall): Promise<void> {
    const parent = leg.parentSid === null ? undefined : this.book.get(leg.parentSid);
    if (!parent || !leg.dial) return;
    const { action, actionMethod } = leg.dial;
    if (action === undefined || scriptOf(leg.to).webhooks === 'lost') return this.follow(parent, leg.nextDials ?? [], leg);
    const reply = await this.send(action, actionMethod, dialForm(this.account, parent, leg));
    this.follow(parent, (reply && isSuccess(reply) ? dialsOf(reply.body) : undefined) ?? [], leg);
  }

  private async instructionsOf(call: TwilioCall): Promise<Dial[]> {
    if (!call.instructions) return [];
    if ('twiml' in call.instructions) return dialsOf(call.instructions.twiml) ?? [];
    const reply = await this.send(call.instructions.url, call.instructions.method, callbackForm(this.account, call, 'answered'));
    return (reply && isSuccess(reply) ? dialsOf(reply.body) : undefined) ?? [];
  }

  private live(call: TwilioCall, life: Life): void {
    this.book.change(call, { life });
    this.player.play(call);
  }

  private async tell(call: TwilioCall, url: string | undefined, method: Method | undefined, form: Record<string, string>): Promise<void> {
    if (url === undefined) return;
    await this.send(url, method, form);
    if (scriptOf(call.to).webhooks === 'disordered') await this.send(url, method, form);
  }

  private send(url: string, method: Method = 'POST', form: Record<string, string>): Promise<Reply | undefined> {
    const fields = new URLSearchParams(form).toString();
    if (method === 'GET') {
      const whole = `${url}${url.includes('?') ? '&' : '?'}${fields}`;
      return this.postman.deliver({ url: whole, method, headers: { 'x-twilio-signature': signatureOf(this.account.authToken, whole, {}) }, timeoutMs: TIMEOUT_MS });
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', 'x-twilio-signature': signatureOf(this.account.authToken, url, form) };
    return this.postman.deliver({ url, method, headers, body: fields, timeoutMs: TIMEOUT_MS });
  }
}
