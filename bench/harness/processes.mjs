import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = join(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const TICKS_PER_SECOND = 100; // of utime and stime: the kernel tells user space no other unit
const KEPT_OUTPUT = 4000;

/** A node child of ours, with nothing of our environment that could change what it does. */
export function startNode(cleanup, args, env) {
  const inherited = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production' };
  const child = spawn(process.execPath, args, { cwd: root, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output = (output + data).slice(-KEPT_OUTPUT)));
  const running = () => child.exitCode === null && child.signalCode === null;
  const stop = async () => {
    if (!running()) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  };
  cleanup.add(stop);
  return {
    running,
    exited,
    output: () => output,
    cpuSeconds: () => cpuSecondsOf(child.pid),
    rssMb: () => memoryMbOf(child.pid, 'VmRSS'),
    peakRssMb: () => memoryMbOf(child.pid, 'VmHWM'),
  };
}

export async function startServer(cleanup, args, env) {
  const port = await freePort();
  const server = startNode(cleanup, args, { ...env, PORT: String(port) });
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + READY_TIMEOUT_MS; ; await sleep(100)) {
    if (!server.running()) throw new Error(`${args[0]} ended before it was ready:\n${server.output()}`);
    if (await answers(`${url}/readyz`)) return { ...server, url };
    if (Date.now() > deadline) throw new Error(`${args[0]} was not ready in time:\n${server.output()}`);
  }
}

/** Runs a command to its end; peak memory is read while it lives, for /proc forgets it with the process. */
export async function runNode(cleanup, args, env) {
  const started = performance.now();
  const command = startNode(cleanup, args, env);
  let peakRssMb = 0;
  const sampler = setInterval(() => (peakRssMb = Math.max(peakRssMb, command.peakRssMb() ?? 0)), 20);
  const [code] = await command.exited;
  clearInterval(sampler);
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${command.output()}`);
  return { seconds, peakRssMb, output: command.output() };
}

async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).status === 200;
  } catch {
    return false;
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function cpuSecondsOf(pid) {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  const [utime, stime] = afterName.slice(11, 13).map(Number);
  return (utime + stime) / TICKS_PER_SECOND;
}

function memoryMbOf(pid, field) {
  try {
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes && Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined; // it has just ended
  }
}
