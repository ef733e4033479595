import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { beepWav } from '../beep-wav';
import { phaseOf, playedSeconds } from '../life';
import { isBasic } from '../proofs';
import type { ProviderAnswer } from '../provider-answer';
import type { Refusal, RequestFaults } from '../request-faults';
import { callRequestOf } from './call-request';
import { API_VERSION, type TwilioAccount, type TwilioCall, callJson, isRecorded, recordingJson, recordingSidOf } from './twilio-call';
import type { TwilioCalls } from './twilio-calls';
import { twilioError } from './twilio-error';
import { pageOf } from './twilio-page';

type Path = FastifyRequest<{ Params: { account: string; sid: string }; Querystring: Record<string, string | undefined> }>;

const REFUSALS: Record<Refusal, () => ProviderAnswer> = {
  'no-line': () => twilioError(429, 20429, 'Too many concurrent calls', { 'retry-after': '1' }),
  'slow-down': () => twilioError(429, 20429, 'Too Many Requests', { 'retry-after': '1' }),
  refused: () => twilioError(400, 21216, 'Account not allowed to call this number: the sandbox was asked to refuse, by its last digits'),
  unpaid: () => twilioError(403, 20005, 'Account is not active'),
  error: () => twilioError(500, 20500, 'Internal Server Error'),
};

/** Twilio's API of calls and recordings, below its base url. */
export class TwilioRoutes {
  constructor(
    private readonly account: TwilioAccount,
    private readonly calls: TwilioCalls,
    private readonly faults: RequestFaults,
  ) {}

  register(server: FastifyInstance): void {
    server.addHook('onRequest', this.authenticate);
    const account = `/${API_VERSION}/Accounts/:account`;
    server.post(`${account}/Calls.json`, this.create);
    server.get(`${account}/Calls.json`, async (request: Path) => pageOf(request.url, request.server.prefix, 'calls', this.listed(request.query)));
    server.get(`${account}/Calls/:sid.json`, async (request: Path) => callJson(this.account, this.callOf(request), Date.now()));
    server.post(`${account}/Calls/:sid.json`, this.update);
    server.delete(`${account}/Calls/:sid.json`, this.remove);
    server.get(`${account}/Calls/:sid/Recordings.json`, async (request: Path) => pageOf(request.url, request.server.prefix, 'recordings', this.recordingsOf(this.callOf(request))));
    server.get(`${account}/Recordings/:file`, this.recording);
    server.delete(`${account}/Recordings/:file`, this.removeRecording);
  }

  private readonly authenticate = async (request: FastifyRequest): Promise<void> => {
    const { accountSid, authToken } = this.account;
    if (!isBasic(request.headers.authorization, accountSid, authToken)) throw twilioError(401, 20003, 'Authenticate');
    const { account } = request.params as { account?: string };
    if (account !== accountSid) throw notFound(request);
  };

  private readonly create = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const wanted = callRequestOf(request.body, `${request.protocol}://${request.host}${request.server.prefix}`);
    const refusal = this.faults.refusalOf(wanted.to);
    if (refusal) throw REFUSALS[refusal]();
    const call = await this.calls.make(wanted);
    const outcome = await this.faults.afterwards(wanted.to, request, reply);
    if (outcome === 'reset') return undefined;
    if (outcome === 'error') throw REFUSALS.error();
    return reply.status(201).send(callJson(this.account, call, call.createdAt));
  };

  private readonly update = async (request: FastifyRequest): Promise<unknown> => {
    const call = this.callOf(request as Path);
    const { Status } = (request.body ?? {}) as { Status?: string };
    if (Status !== 'canceled' && Status !== 'completed') throw twilioError(400, 20001, 'The sandbox only changes Status, to canceled or completed');
    const phase = phaseOf(call.life, Date.now());
    if (phase === 'ended' || (Status === 'canceled' && phase === 'in-progress')) throw twilioError(400, 21220, 'Call is not in the expected state. Cannot change it');
    this.calls.hangUp(call);
    return callJson(this.account, call, Date.now());
  };

  private readonly remove = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const call = this.callOf(request as Path);
    if (phaseOf(call.life, Date.now()) !== 'ended') throw twilioError(409, 20409, 'Call is in progress, and cannot be deleted');
    this.calls.remove(call);
    return reply.status(204).send();
  };

  private readonly removeRecording = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    this.calls.removeRecording(this.legOf(request));
    return reply.status(204).send();
  };

  private readonly recording = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const leg = this.legOf(request);
    const [, format = 'wav'] = (request.params as { file: string }).file.split('.');
    if (!['wav', 'json'].includes(format)) throw notFound(request);
    if (format === 'json') return recordingJson(this.account, leg);
    void reply.type('audio/wav');
    return beepWav(playedSeconds(leg.life, this.account.speed), leg.dial?.record?.channels ?? 1);
  };

  /** The leg that a recording is of. */
  private legOf(request: FastifyRequest): TwilioCall {
    const [sid] = (request.params as { file: string }).file.split('.');
    const leg = this.calls.all().find((call) => isAvailable(call) && recordingSidOf(call) === sid);
    if (!leg) throw notFound(request);
    return leg;
  }

  private recordingsOf(call: TwilioCall): Record<string, unknown>[] {
    return this.calls
      .legsOf(call)
      .filter(isAvailable)
      .map((leg) => recordingJson(this.account, leg));
  }

  private listed(query: Record<string, string | undefined>): Record<string, unknown>[] {
    const now = Date.now();
    return this.calls
      .all()
      .filter(
        (call) =>
          (query.To === undefined || call.to === query.To) &&
          (query.From === undefined || call.from === query.From) &&
          (query.ParentCallSid === undefined || call.parentSid === query.ParentCallSid) &&
          isWithin(call, query),
      )
      .map((call) => callJson(this.account, call, now))
      .filter(({ status }) => query.Status === undefined || status === query.Status);
  }

  private callOf(request: Path): TwilioCall {
    const call = this.calls.find(request.params.sid);
    if (!call) throw notFound(request);
    return call;
  }
}

const isAvailable = (call: TwilioCall): boolean => isRecorded(call) && phaseOf(call.life, Date.now()) === 'ended';

const notFound = (request: FastifyRequest): ProviderAnswer =>
  twilioError(404, 20404, `The requested resource ${request.url.split('?')[0]?.slice(request.server.prefix.length)} was not found`);

/** A day or an instant; of a call that has not begun, the time it was made. Twilio's < and > include it. */
function isWithin({ life, createdAt }: TwilioCall, query: Record<string, string | undefined>): boolean {
  const begun = life.ringsAt ?? createdAt;
  const [from, to, on] = [query['StartTime>'], query['StartTime<'], query.StartTime].map((text) => (text === undefined ? undefined : Date.parse(text)));
  const isOn = on === undefined || new Date(begun).toDateString() === new Date(on).toDateString();
  return (from === undefined || begun >= from) && (to === undefined || begun <= to) && isOn;
}
