import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { beepWav } from '../beep-wav';
import { playedSeconds } from '../life';
import { isObject } from '../loose-json';
import { isBearer, isSame } from '../proofs';
import type { ProviderAnswer } from '../provider-answer';
import type { Refusal, RequestFaults } from '../request-faults';
import { type VapiOrder, faultsOf } from './order-rules';
import { type RecordingKind, type VapiAccount, type VapiCall, callJson, controlPass, isRecorded, presignedUrl, recordingPass, reportedAt } from './vapi-call';
import type { VapiCalls } from './vapi-calls';
import { vapiError } from './vapi-error';
import { listed } from './vapi-list';

type ById = FastifyRequest<{ Params: { id: string } }>;

/** Vapi's API, below its base url. */
export class VapiRoutes {
  constructor(
    private readonly account: VapiAccount,
    private readonly calls: VapiCalls,
    private readonly faults: RequestFaults,
  ) {}

  register(server: FastifyInstance): void {
    const keyed = { onRequest: this.authenticate };
    server.post('/call', keyed, this.create);
    server.post('/call/phone', keyed, this.create);
    server.get('/call', keyed, async (request) => this.list(request.query, Date.now()));
    server.get('/call/:id', keyed, async (request) => callJson(this.account, this.callOf(request as ById), Date.now()));
    server.delete('/call/:id', keyed, this.remove);
    server.get('/call/:id/mono-recording', keyed, async (request: ById, reply) => this.redirect(this.callOf(request), 'mono', reply));
    server.get('/call/:id/stereo-recording', keyed, async (request: ById, reply) => this.redirect(this.callOf(request), 'stereo', reply));
    server.get('/storage/:id/:file', this.download);
    server.post('/live/:id/:pass/control', this.control);
  }

  private readonly authenticate = async (request: FastifyRequest): Promise<void> => {
    if (!isBearer(request.headers.authorization, this.account.apiKey))
      throw vapiError(401, 'Invalid Key. Hot tip, you may be using the public key instead of the private key, or vice versa.');
  };

  private readonly create = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const wrong = faultsOf(request.body);
    if (wrong.length > 0) throw vapiError(400, wrong);
    const order = request.body as VapiOrder;
    const refusal = this.faults.refusalOf(order.customer.number) ?? (this.calls.freeLines(Date.now()) > 0 ? undefined : 'no-line');
    if (refusal) throw this.refused(refusal);
    const call = await this.calls.make(order, this.baseUrlOf(request));
    const outcome = await this.faults.afterwards(order.customer.number, request, reply);
    if (outcome === 'reset') return undefined;
    if (outcome === 'error') throw this.refused('error');
    return reply.status(201).send({ subscriptionLimits: this.calls.subscriptionLimits(false), ...callJson(this.account, call, call.createdAt) });
  };

  /** The call as it was; its messages stop. */
  private readonly remove = async (request: FastifyRequest): Promise<Record<string, unknown>> => {
    const call = this.callOf(request as ById);
    this.calls.remove(call);
    return callJson(this.account, call, Date.now());
  };

  private list(query: unknown, now: number): Record<string, unknown>[] {
    return listed(this.account, this.calls.all(), query, now).map((call) => callJson(this.account, call, now));
  }

  private refused(refusal: Refusal): ProviderAnswer {
    switch (refusal) {
      case 'no-line':
        return vapiError(400, 'Over Concurrency Limit.', { subscriptionLimits: this.calls.subscriptionLimits(true) });
      case 'refused':
        return vapiError(400, ['customer.number is refused: the sandbox was asked to, by its last digits']);
      case 'slow-down':
        return vapiError(429, 'Too Many Requests', {}, { 'retry-after': '1' });
      case 'unpaid':
        return vapiError(402, 'Wallet balance is 0.00. Purchase more credits or upgrade your plan.');
      case 'error':
        return vapiError(500, 'Internal server error');
    }
  }

  private callOf(request: ById): VapiCall {
    const call = this.calls.find(request.params.id);
    if (!call) throw vapiError(404, `Couldn't find call with id ${request.params.id}`);
    return call;
  }

  private redirect(call: VapiCall, kind: RecordingKind, reply: FastifyReply): FastifyReply {
    const now = Date.now();
    if (!isRecorded(call) || reportedAt(call, this.account.speed) > now) throw vapiError(404, `There is no ${kind} recording of call ${call.id}`);
    return reply.redirect(presignedUrl(this.account, call, kind, now), 302);
  }

  /** Of the short-lived urls: who has one needs no key. */
  private readonly download = async (request: FastifyRequest, reply: FastifyReply): Promise<Buffer> => {
    const { id, file } = request.params as { id: string; file: string };
    const { expires, signature } = request.query as { expires?: string; signature?: string };
    const kind: RecordingKind = file === 'stereo.wav' ? 'stereo' : 'mono';
    const isSigned = isSame(signature ?? '', recordingPass(this.account, id, kind, Number(expires)));
    const call = this.calls.find(id);
    if (!call || !isSigned || Number(expires) < Date.now()) throw vapiError(403, 'Request signature is missing, wrong or expired');
    void reply.type('audio/wav');
    return beepWav(playedSeconds(call.life, this.account.speed), kind === 'stereo' ? 2 : 1);
  };

  /** The url is the secret, as at Vapi. */
  private readonly control = async (request: FastifyRequest): Promise<Record<string, unknown>> => {
    const { id, pass } = request.params as { id: string; pass: string };
    const call = isSame(pass, controlPass(this.account, id)) ? this.calls.find(id) : undefined;
    if (!call) throw vapiError(404, 'There is no such live call');
    const { type } = isObject(request.body) ? request.body : {};
    if (typeof type !== 'string' || !CONTROLS.includes(type)) throw vapiError(400, [`type must be one of the following values: ${CONTROLS.join(', ')}`]);
    if (type === 'end-call') this.calls.hangUp(call);
    return {};
  };

  private baseUrlOf(request: FastifyRequest): string {
    return `${request.protocol}://${request.host}${request.server.prefix}`;
  }
}

const CONTROLS = ['say', 'add-message', 'control', 'end-call', 'transfer', 'handoff'];
