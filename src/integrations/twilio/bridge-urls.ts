import type { Connection } from '../../modules/connections';

/** Twilio gives back nothing that we say of a call but its urls: our ids travel in them, under its signature. */
export interface BridgeIds {
  callId: number;
  attempt: number;
}

/** Where Twilio asks what to do once the agent has picked up. */
export const voiceUrl = (connection: Connection, ids: BridgeIds, to: string): string => urlOf(connection, 'voice', { ...ids, to });

export const statusUrl = (connection: Connection, ids: BridgeIds): string => urlOf(connection, 'status', { ...ids });

export const dialUrl = (connection: Connection, ids: BridgeIds): string => urlOf(connection, 'dial', { ...ids });

export const recordingUrl = (connection: Connection, ids: BridgeIds): string => urlOf(connection, 'recording', { ...ids });

function urlOf({ webhookUrl }: Connection, route: string, query: Record<string, string | number>): string {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  return `${webhookUrl}/${route}?${new URLSearchParams(pairs).toString()}`;
}
