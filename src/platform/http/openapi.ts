import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { addErrors } from '../errors/api-errors.decorator';
import { InvalidJson, PayloadTooLarge, UnsupportedMediaType } from '../errors/platform.errors';

const DESCRIPTION = `The calling CRM that you can own.

**Credentials**: \`Authorization: Bearer <key>\` or \`X-API-Key: <key>\`.

**Errors** all have one shape: \`{code, error, message, details}\`. \`error\` is a stable code, \`message\` says what to do,
\`details.requestId\` is also in the \`X-Request-Id\` header, \`details.fields[]\` names every fault of a body at once.

**Idempotency**: send \`Idempotency-Key\` with a POST and repeat it safely for 24 hours; a repeated answer carries
\`Idempotency-Replayed: true\`. Secrets that an answer shows once are null in it, and links are signed anew.

**Calls** are queued at once and dialed as soon as a line is free: the provider's limit is the dialer's matter and never yours.
Follow a call with \`GET /calls/{callId}\`; \`GET /dialer\` says what the lines are doing.

**Lists** answer \`{items, nextPageToken, totalCount}\`. \`filterBy=field:value;field:value\` (a comma means any of, \`\\\`
escapes), \`searchBy=text\`, \`sortBy=field=asc;field=desc\`, \`pageSize\` up to 100. Follow \`nextPageToken\` to the end: no
row is repeated or skipped, whatever is written meanwhile.`;

/** @param appendix Markdown, for the end of the description */
export function buildOpenApi(app: INestApplication, appendix = ''): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Llamador API')
    .setDescription(`${DESCRIPTION}\n\n${appendix}`.trimEnd())
    .setVersion('1')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey')
    .build();
  // Every route has its tags by decorator.
  const document = SwaggerModule.createDocument(app, config, { autoTagControllers: false });
  for (const { post, put, delete: remove } of Object.values(document.paths)) {
    for (const operation of [post, put, remove]) if (operation?.requestBody) addErrors(operation.responses, OF_A_BODY);
  }
  return document;
}

/** What a route's decorators cannot say, since they do not know whether it has a body. */
const OF_A_BODY = [InvalidJson, PayloadTooLarge, UnsupportedMediaType];
