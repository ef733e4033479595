import { Injectable } from '@nestjs/common';
import type { CallProvider, CallReport, DialOrder, DialResult, SoughtAttempt } from '../../modules/calls';
import { type Connection, authorizationOf } from '../../modules/connections';
import type { Lease } from '../../platform/queue/lease';
import { fetchOf } from '../connection-fetch';
import { outcomeOf, outcomeOfFailure, unasked } from '../dial-outcome';
import type { ProviderAnswer } from '../exchange';
import { instantOf } from '../loose-json';
import { ELEMENTE_REASONS, interactionsOf, reportOfInteraction } from './elemente-report';
import { type ElementeOrder, interactionOf } from './elemente-request';

const TIMEOUT_MS = 10_000;
/** So far, by Elemente's clock, a call may have been made before we dialed it. */
const MADE_BEFORE_MS = 2 * 60_000;
const HOUR_MS = 3_600_000;

/** Voice agents by Elemente, and its agents that write: it tells nothing by itself, so that its calls are polled to their end. */
@Injectable()
export class ElementeCalls implements CallProvider {
  readonly name = 'elemente';
  readonly defaultLimit = 10;
  readonly paceMs = 0;
  readonly poll = { firstMs: 5000, everyMs: 15_000 };
  readonly reasons = ELEMENTE_REASONS;

  async dial(connection: Connection, order: DialOrder, lease: Lease): Promise<DialResult> {
    if (!isForElemente(order))
      return unasked('refused', 'Elemente calls with agents that are configured there: give the voice agent an assistantId, the id of its agent at Elemente.');
    const request = { method: 'POST', url: `${connection.baseUrl}/api/v1/calls`, body: interactionOf(order) };
    try {
      const answer = await send(connection, request, lease.guard(TIMEOUT_MS));
      return outcomeOf(request, answer, reportOfInteraction(answer.body));
    } catch (error) {
      return outcomeOfFailure(request, error);
    }
  }

  async find(connection: Connection, sought: SoughtAttempt): Promise<CallReport | undefined> {
    const hours = Math.ceil((Date.now() - sought.dialedAt.getTime() + MADE_BEFORE_MS) / HOUR_MS) + 1;
    const { status, body } = await send(connection, { method: 'GET', url: `${connection.baseUrl}/api/v1/calls?hrs=${Math.max(hours, 1)}` });
    if (status !== 200 || typeof body !== 'object') throw new Error(`Elemente answered ${status} to the request for its list of calls, and no list.`);
    const interactions = interactionsOf(body);
    const reports = interactions.map(reportOfInteraction);
    const named = reports.find((report) => report?.callId === sought.callId && report.attempt === sought.attempt);
    if (named || reports.some((report) => report?.callId !== undefined)) return named;
    const likely: CallReport[] = [];
    for (const report of interactions.filter((interaction) => isSought(interaction, sought)).map(reportOfInteraction)) {
      if (report && !(await sought.isOfAnother(report.providerId))) likely.push(report);
    }
    return likely.find(({ phase }) => phase !== 'ended') ?? likely.at(-1);
  }

  async get(connection: Connection, providerId: string): Promise<CallReport | undefined> {
    const { status, body } = await send(connection, { method: 'GET', url: urlOf(connection, providerId) });
    if (status === 404) return undefined;
    if (status !== 200 || typeof body !== 'object') throw new Error(`Elemente answered ${status} to the request for call ${providerId}, and no call.`);
    return reportOfInteraction(body);
  }

  async hangUp(connection: Connection, { providerId }: { providerId: string; controlUrl: string | null }, lease: Lease): Promise<void> {
    const { status } = await send(connection, { method: 'PUT', url: urlOf(connection, providerId), body: { status: 'canceled' } }, lease.guard(TIMEOUT_MS));
    if (status >= 300 && status !== 404) throw new Error(`Elemente answered ${status} to the request to end call ${providerId}.`);
  }
}

const isForElemente = (order: DialOrder): order is ElementeOrder => order.work.kind === 'voice-agent' && order.work.assistantId !== null;

const urlOf = ({ baseUrl }: Connection, id: string): string => `${baseUrl}/api/v1/calls/${encodeURIComponent(id)}`;

/** @throws where no answer came */
async function send(connection: Connection, { method, url, body }: { method: string; url: string; body?: unknown }, guard?: () => void): Promise<ProviderAnswer> {
  const response = await fetchOf(connection, guard)(url, {
    method,
    headers: { Authorization: authorizationOf(connection), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  return { status: response.status, statusText: response.statusText, body: jsonOf(text), retryAfter: response.headers.get('Retry-After') };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Where Elemente does not give our id back: the same agent and customer, and made since, if it tells when. */
function isSought(interaction: Readonly<Record<string, unknown>>, { to, work, dialedAt }: SoughtAttempt): boolean {
  const { agentId, customerPhone, customerEmail, createdAt } = interaction;
  const made = instantOf(createdAt);
  const since = made === undefined || Date.parse(made) >= dialedAt.getTime() - MADE_BEFORE_MS;
  return since && (customerPhone === to || customerEmail === to) && work.kind === 'voice-agent' && agentId === work.assistantId;
}
