import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { addErrors } from '../errors/api-errors.decorator';
import { ConcurrentModification, InvalidJson, PayloadTooLarge, UnsupportedMediaType } from '../errors/platform.errors';

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
    for (const operation of [post, put, remove]) if (operation) addErrors(operation.responses, operation.requestBody ? [...OF_A_WRITE, ...OF_A_BODY] : OF_A_WRITE);
  }
  takeNull(document);
  return document;
}

interface Nullable {
  type?: string;
  nullable?: boolean;
  enum?: unknown[];
  allOf?: object[];
  anyOf?: object[];
}

/** Null and nothing else, as OpenAPI 3.0 can say it. */
const NULL = { type: 'object', nullable: true, enum: [null] };

/**
 * In OpenAPI 3.0 `nullable` adds null to the type beside it and to nothing else: not to an enum, and not to what allOf or anyOf
 * name. Where a decorator says nullable, null is added there, too.
 */
function takeNull(part: object): void {
  const schema = part as Nullable;
  if (schema.nullable === true) {
    if (schema.enum && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
    const choices = schema.anyOf ?? schema.allOf; // one class, which stands in allOf so that a description may stand beside it
    if (choices) {
      schema.anyOf = [...choices, NULL];
      for (const said of ['allOf', 'type', 'nullable'] as const) delete schema[said];
    }
  }
  for (const inside of Object.values(part) as unknown[]) if (typeof inside === 'object' && inside !== null) takeNull(inside);
}

/** What a route's decorators cannot say, since they do not know whether it writes, and has a body. */
const OF_A_WRITE = [ConcurrentModification];
const OF_A_BODY = [InvalidJson, PayloadTooLarge, UnsupportedMediaType];
