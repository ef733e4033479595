import { Controller, createParamDecorator, type ExecutionContext, Header, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/tenancy/route-access';
import { type TwilioRequest, TwilioWebhook } from './twilio-webhook';

const Callback = createParamDecorator((_: unknown, context: ExecutionContext): TwilioRequest => {
  const { url, headers, params, query, body } = context.switchToHttp().getRequest<FastifyRequest<{ Params: { connectionId?: string }; Querystring: Record<string, string> }>>();
  const signature = headers['x-twilio-signature'];
  return { url, signature: typeof signature === 'string' ? signature : undefined, connectionId: params.connectionId, query, form: body };
});

/** The urls that calls by Twilio carry: below `/webhooks/twilio`, and below `/webhooks/twilio/<connection>` for a tenant's own account. */
@Public()
@ApiExcludeController()
@Controller('webhooks/twilio')
export class TwilioWebhookController {
  constructor(private readonly webhook: TwilioWebhook) {}

  @Post(['voice', ':connectionId/voice'])
  @HttpCode(200)
  @Header('Content-Type', 'text/xml; charset=utf-8')
  voice(@Callback() request: TwilioRequest): Promise<string> {
    return this.webhook.voice(request);
  }

  @Post(['status', ':connectionId/status'])
  @HttpCode(200)
  @Header('Content-Type', 'text/xml; charset=utf-8')
  status(@Callback() request: TwilioRequest): Promise<string> {
    return this.webhook.receive('status', request);
  }

  @Post(['dial', ':connectionId/dial'])
  @HttpCode(200)
  @Header('Content-Type', 'text/xml; charset=utf-8')
  dial(@Callback() request: TwilioRequest): Promise<string> {
    return this.webhook.receive('dial', request);
  }

  @Post(['recording', ':connectionId/recording'])
  @HttpCode(200)
  @Header('Content-Type', 'text/xml; charset=utf-8')
  recording(@Callback() request: TwilioRequest): Promise<string> {
    return this.webhook.receive('recording', request);
  }
}
