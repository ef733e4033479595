import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { beepWav } from '../beep-wav';
import { playedSeconds } from '../life';
import { isObject } from '../loose-json';
import { isBasic, isSame } from '../proofs';
import type { ProviderAnswer } from '../provider-answer';
import type { Refusal, RequestFaults } from '../request-faults';
import { CHANNELS, type ElementeAccount, type ElementeCall, type ElementeOrder, addressOf, callJson, recordingPass, statusAt } from './elemente-call';
import type { ElementeCalls } from './elemente-calls';
import { elementeError } from './elemente-error';

type ById = FastifyRequest<{ Params: { id: string } }>;
type Query = Record<string, string | undefined>;

const ENDS = ['completed', 'close', 'closed', 'resolved', 'canceled', 'failed', 'expired'];
const LIVE = ['queued', 'ringing', 'answer', 'in-progress', 'ongoing', 'pending', 'open', 'processing', 'stalled', 'busy', 'no-answer', 'voicemail'];
const HOUR_MS = 3_600_000;

const REFUSALS: Record<Refusal, () => ProviderAnswer> = {
  'no-line': () => elementeError(429, 'All lines are taken', { 'retry-after': '1' }),
  'slow-down': () => elementeError(429, 'Too Many Requests', { 'retry-after': '1' }),
  refused: () => elementeError(400, 'The customer is refused: the sandbox was asked to, by the last digits'),
  unpaid: () => elementeError(402, 'Payment Required'),
  error: () => elementeError(500, 'Internal server error'),
};

/** Elemente's API of interactions, below its base url. */
export class ElementeRoutes {
  constructor(
    private readonly account: ElementeAccount,
    private readonly calls: ElementeCalls,
    private readonly faults: RequestFaults,
  ) {}

  register(server: FastifyInstance): void {
    const known = { onRequest: this.authenticate };
    server.post('/api/v1/calls', known, this.create);
    server.get('/api/v1/calls', known, async (request) => this.listed(request.query as Query).map((call) => callJson(this.account, call, Date.now())));
    server.get('/api/v1/calls/:id', known, async (request) => callJson(this.account, this.callOf(request as ById), Date.now()));
    server.put('/api/v1/calls/:id', known, this.update);
    server.get('/recordings/:file', this.download);
  }

  private readonly authenticate = async (request: FastifyRequest): Promise<void> => {
    if (!isBasic(request.headers.authorization, this.account.username, this.account.password)) throw elementeError(401, 'Unauthorized', { 'www-authenticate': 'Basic' });
  };

  private readonly create = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const order = orderOf(request.body);
    const address = addressOf(order);
    if (address === undefined) throw elementeError(400, ['customerPhone or customerOverride.phoneNumber must be given; for email, customerEmail or customerOverride.email']);
    const refusal = this.faults.refusalOf(address) ?? (this.calls.freeLines(Date.now()) > 0 ? undefined : 'no-line');
    if (refusal) throw REFUSALS[refusal]();
    const call = this.calls.make(order, address, `${request.protocol}://${request.host}${request.server.prefix}`);
    const outcome = await this.faults.afterwards(address, request, reply);
    if (outcome === 'reset') return undefined;
    if (outcome === 'error') throw REFUSALS.error();
    return callJson(this.account, call, call.createdAt);
  };

  private readonly update = async (request: FastifyRequest): Promise<unknown> => {
    const call = this.callOf(request as ById);
    const { status, note } = (isObject(request.body) ? request.body : {}) as { status?: string; note?: string };
    if (status !== undefined && !ENDS.includes(status) && !LIVE.includes(status))
      throw elementeError(400, [`status must be one of the following values: ${[...LIVE, ...ENDS].join(', ')}`]);
    this.calls.update(call, { ...(status !== undefined && { status }), ...(note !== undefined && { note }) }, status !== undefined && ENDS.includes(status));
    return callJson(this.account, call, Date.now());
  };

  private readonly download = async (request: FastifyRequest, reply: FastifyReply): Promise<Buffer> => {
    const { file } = request.params as { file: string };
    const { expires, signature } = request.query as Query;
    const call = this.calls.find(file.replace(/\.wav$/, ''));
    const isSigned = call !== undefined && isSame(signature ?? '', recordingPass(this.account, call.id, Number(expires)));
    if (!call || !isSigned || Number(expires) < Date.now()) throw elementeError(403, 'Forbidden');
    void reply.type('audio/wav');
    return beepWav(playedSeconds(call.life, this.account.speed), 1);
  };

  private listed(query: Query): ElementeCall[] {
    const now = Date.now();
    const { from, to } = rangeOf(query, now);
    return this.calls
      .all()
      .filter(
        (call) =>
          call.createdAt >= from &&
          call.createdAt <= to &&
          (query.channel === undefined || call.order.channel === query.channel) &&
          (query.status === undefined || statusAt(call, now) === query.status),
      );
  }

  private callOf(request: ById): ElementeCall {
    const call = this.calls.find(request.params.id);
    if (!call) throw elementeError(404, 'Interaction not found');
    return call;
  }
}

function orderOf(body: unknown): ElementeOrder {
  if (!isObject(body)) throw elementeError(400, ['body must be an object']);
  const faults = [
    ...(typeof body.agentId === 'string' && body.agentId !== '' ? [] : ['agentId must be a string']),
    ...(CHANNELS.includes(body.channel as string) ? [] : [`channel must be one of the following values: ${CHANNELS.join(', ')}`]),
    ...['customerName', 'customerPhone', 'customerEmail', 'skillId'].flatMap((name) =>
      body[name] === undefined || typeof body[name] === 'string' ? [] : [`${name} must be a string`],
    ),
    ...['customerOverride', 'agentOverride'].flatMap((name) => (body[name] === undefined || isObject(body[name]) ? [] : [`${name} must be an object`])),
  ];
  if (faults.length > 0) throw elementeError(400, faults);
  return body as unknown as ElementeOrder;
}

/** `hrs` back from now, and dateRange, whose form is not documented: as JSON, or as dateRange[from] and dateRange[to]. */
function rangeOf(query: Query, now: number): { from: number; to: number } {
  let range: { from?: string; to?: string } = { from: query['dateRange[from]'], to: query['dateRange[to]'] };
  try {
    if (query.dateRange !== undefined) range = JSON.parse(query.dateRange) as typeof range;
  } catch {
    throw elementeError(400, ['dateRange must be an object of from and to']);
  }
  const hours = query.hrs === undefined ? undefined : Number(query.hrs);
  const times = [range.from, range.to].map((text) => (text === undefined ? undefined : Date.parse(text)));
  if (times.some((time) => time !== undefined && Number.isNaN(time)) || Number.isNaN(hours)) throw elementeError(400, ['dateRange and hrs must be dates and a number']);
  return { from: Math.max(times[0] ?? 0, hours === undefined ? 0 : now - hours * HOUR_MS), to: times[1] ?? Infinity };
}
