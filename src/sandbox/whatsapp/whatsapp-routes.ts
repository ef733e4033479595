import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isObject } from '../loose-json';
import { messageScriptOf } from '../magic-numbers';
import { isSame, passFor } from '../proofs';
import { type ProviderAnswer } from '../provider-answer';
import type { Refusal, RequestFaults } from '../request-faults';
import { whatsappError, whatsappErrorOf } from './whatsapp-error';
import type { StoredMedia, WhatsAppMedia } from './whatsapp-media';
import type { WhatsAppAccount } from './whatsapp-message';
import type { WhatsAppMessages } from './whatsapp-messages';
import { WhatsAppRules } from './whatsapp-rules';

type Path = FastifyRequest<{ Params: { phoneNumberId: string; mediaId: string }; Querystring: Record<string, string | undefined> }>;

const REFUSALS: Record<Refusal, () => ProviderAnswer> = {
  'no-line': () => whatsappError(130429, 'Message failed to send because there were too many messages sent from this phone number in a short period of time'),
  'slow-down': () => whatsappError(131056, 'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time', { 'retry-after': '1' }),
  refused: () => whatsappError(131009, 'The sandbox was asked to refuse, by the last digits of the number'),
  unpaid: () => whatsappError(131042, 'Message failed to send because there were one or more errors related to your payment method'),
  error: () => whatsappError(131000, 'Message failed to send due to an unknown error'),
};

const MAX_UPLOAD = 110 * 1024 * 1024;
const URL_LIVES_MS = 5 * 60_000;
const VERSION = '/:version(^v\\d+\\.\\d+$)';

/** The Graph API, as far as messages need it: below its base url. */
export class WhatsAppRoutes {
  private readonly rules: WhatsAppRules;

  constructor(
    private readonly account: WhatsAppAccount,
    private readonly messages: WhatsAppMessages,
    private readonly media: WhatsAppMedia,
    private readonly faults: RequestFaults,
  ) {
    this.rules = new WhatsAppRules((id, phoneNumberId) => media.has(id, phoneNumberId));
  }

  register(server: FastifyInstance): void {
    server.addContentTypeParser('multipart/form-data', { parseAs: 'buffer', bodyLimit: MAX_UPLOAD }, (_, body, done) => done(null, body));
    server.addHook('onRequest', this.authenticate);
    server.post(`${VERSION}/:phoneNumberId/messages`, this.send);
    server.post(`${VERSION}/:phoneNumberId/media`, { bodyLimit: MAX_UPLOAD }, this.upload);
    server.get(`${VERSION}/:mediaId`, this.describe);
    server.delete(`${VERSION}/:mediaId`, this.remove);
    server.get('/content/:mediaId', this.content);
  }

  private readonly authenticate = async (request: FastifyRequest): Promise<void> => {
    const [token = ''] = /^[^.]*/.exec((request.headers.authorization ?? '').replace(/^Bearer /, '')) ?? [];
    if (!isSame(token, this.account.accessToken)) throw whatsappError(190, 'The access token is none of this app');
  };

  private readonly send = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { phoneNumberId } = (request as Path).params;
    if (isObject(request.body) && request.body.status === 'read') return { success: true };
    const order = this.rules.read(request.body, phoneNumberId);
    const script = messageScriptOf(order.to);
    if (script.refused && script.code !== undefined) throw whatsappError(script.code, 'The sandbox was asked for it, by the last digits of the number');
    const refusal = this.faults.refusalOf(order.to);
    if (refusal) throw REFUSALS[refusal]();
    const message = await this.messages.make(order, phoneNumberId, webhookUrlOf(request));
    const outcome = await this.faults.afterwards(order.to, request, reply);
    if (outcome === 'reset') return undefined;
    if (outcome === 'error') return reply.status(500).type('text/html').send('<html><body>Internal Server Error</body></html>');
    return { messaging_product: 'whatsapp', contacts: [{ input: order.to, wa_id: message.waId }], messages: [{ id: message.id, message_status: 'accepted' }] };
  };

  private readonly upload = async (request: FastifyRequest): Promise<unknown> => {
    const { phoneNumberId } = (request as Path).params;
    if (!Buffer.isBuffer(request.body)) throw whatsappError(100, 'The file must be sent as multipart/form-data');
    const form = await formOf(request.body, request.headers['content-type'] ?? '');
    const file = form.get('file');
    if (form.get('messaging_product') !== 'whatsapp') throw whatsappError(100, "The parameter messaging_product is required, and must be 'whatsapp'");
    if (!(file instanceof Blob)) throw whatsappError(100, 'The parameter file is required');
    const type = form.get('type');
    const mimeType = typeof type === 'string' && type.includes('/') ? type : file.type;
    return { id: this.media.keep(phoneNumberId, mimeType, Buffer.from(await file.arrayBuffer())).id };
  };

  private readonly describe = async (request: FastifyRequest): Promise<unknown> => {
    const media = this.mediaOf(request as Path);
    const expires = String(Date.now() + URL_LIVES_MS);
    const url = `${request.protocol}://${request.host}${request.server.prefix}/content/${media.id}?expires=${expires}&pass=${this.passOf(media.id, expires)}`;
    return { messaging_product: 'whatsapp', url, mime_type: media.mimeType, sha256: this.media.sha256(media), file_size: String(media.size), id: media.id };
  };

  private readonly remove = async (request: FastifyRequest): Promise<unknown> => {
    this.media.delete(this.mediaOf(request as Path));
    return { success: true };
  };

  private readonly content = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { expires = '', pass = '' } = (request as Path).query;
    const media = this.mediaOf(request as Path);
    if (!isSame(pass, this.passOf(media.id, expires)) || Number(expires) < Date.now()) throw whatsappErrorOf(404, 'The url has expired');
    return reply.type(media.mimeType).send(this.media.content(media));
  };

  private mediaOf({ params, query }: Path): StoredMedia {
    const media = this.media.find(params.mediaId);
    const whose = query.phone_number_id;
    if (!media || (whose !== undefined && whose !== media.phoneNumberId)) throw whatsappErrorOf(404, `Unsupported get request. Object with ID '${params.mediaId}' does not exist`);
    return media;
  }

  private passOf(id: string, expires: string): string {
    return passFor(this.account.appSecret, `media ${id} ${expires}`);
  }
}

async function formOf(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw whatsappError(100, 'The form cannot be read');
  }
}

/** An app has one url, and the token names the app: here, each connection is one. */
function webhookUrlOf(request: FastifyRequest): string {
  const connection = /\.(\d+)$/.exec(request.headers.authorization ?? '')?.[1];
  return `${request.protocol}://${request.host}/webhooks/whatsapp${connection === undefined ? '' : `/${connection}`}`;
}
