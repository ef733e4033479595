import type { Vapi } from '@vapi-ai/server-sdk';
import type { ConfiguredAgent, DescribedAgent, DialOrder } from '../../modules/calls';
import type { Connection } from '../../modules/connections';
import { assistantOf } from './vapi-assistant';

/** Of a customer's name and email. */
const MAX_TEXT = 40;

export type VapiOrder = DialOrder & { work: DescribedAgent | ConfiguredAgent };

/** The body of POST /call. */
export function createCallOf(connection: Connection, { tenantId, callId, attempt, from, to, customer, work }: VapiOrder): Vapi.CreateCallDto {
  const name = [customer.firstName, customer.lastName].filter(Boolean).join(' ').slice(0, MAX_TEXT).toWellFormed();
  return {
    ...agentOf(work),
    phoneNumberId: from.providerId ?? from.number,
    customer: {
      number: to,
      // By it a look-up finds the call again, and so by the metadata below.
      externalId: String(callId),
      ...(name && { name }),
      ...(customer.email && customer.email.length <= MAX_TEXT && { email: customer.email }),
    },
    assistantOverrides: {
      variableValues: work.variables,
      metadata: { callId, tenantId, attempt },
      server: serverOf(connection),
      serverMessages: ['status-update', 'end-of-call-report'],
    },
  };
}

function agentOf(work: DescribedAgent | ConfiguredAgent): Pick<Vapi.CreateCallDto, 'assistant' | 'assistantId'> {
  if (work.kind === 'agent') return { assistant: assistantOf(work) };
  return work.assistant ? { assistant: work.assistant } : { assistantId: work.assistantId ?? undefined };
}

/** Where Vapi tells how the call goes. It tells once only, unless a backoffPlan asks for more. */
function serverOf({ webhookUrl, webhookSecret }: Connection): Vapi.Server {
  return {
    url: webhookUrl,
    timeoutSeconds: 20,
    ...(webhookSecret && { headers: { 'X-Vapi-Secret': webhookSecret } }),
    // The SDK takes this text for an object, as the specification does.
    backoffPlan: { type: 'exponential' as unknown as Record<string, unknown>, maxRetries: 5, baseDelaySeconds: 1 },
  };
}
