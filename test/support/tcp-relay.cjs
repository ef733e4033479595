const { once } = require('node:events');
const { connect, createServer } = require('node:net');

const DEFAULT_PORTS = { 'postgres:': 5432, 'postgresql:': 5432, 'redis:': 6379 };

/**
 * A road to a server that can be closed as firewalls and dead machines close one: without a word. Sockets stay open, and what is
 * sent stays in their buffers; so it can also arrive late. For jest and for npm run chaos, hence CommonJS.
 */
class TcpRelay {
  #pairs = new Set();
  #silent = false;
  #server;

  static async open(target) {
    const relay = new TcpRelay();
    const url = new URL(target);
    const address = { host: url.hostname, port: Number(url.port || DEFAULT_PORTS[url.protocol]) };
    relay.#server = createServer((client) => relay.#join(client, address)).listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    url.hostname = '127.0.0.1';
    url.port = String(relay.#server.address().port);
    relay.url = url.href;
    return relay;
  }

  silence({ newOnes = false, of = '' } = {}) {
    this.#silent = newOnes;
    for (const pair of this.#those(of)) {
      hold(pair.client);
      hold(pair.server);
    }
  }

  swallowAnswers({ of = '' } = {}) {
    for (const { server } of this.#those(of)) hold(server);
  }

  restore() {
    this.#silent = false;
    for (const pair of this.#pairs) join(pair);
  }

  cut() {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) reset(socket);
  }

  async close() {
    this.#server.close();
    for (const { client } of this.#pairs) client.destroy();
    await once(this.#server, 'close');
  }

  #those(of) {
    return [...this.#pairs].filter(({ greeting }) => greeting.includes(of));
  }

  #join(client, address) {
    const pair = { client, server: connect(address), greeting: '' };
    this.#pairs.add(pair);
    client.once('data', (bytes) => (pair.greeting = bytes.toString('latin1')));
    for (const socket of [pair.client, pair.server]) {
      socket.on('error', () => undefined); // a 'close' follows
      socket.on('close', () => {
        this.#pairs.delete(pair);
        pair.client.destroy();
        pair.server.destroy();
      });
    }
    if (this.#silent) hold(client);
    else join(pair);
  }
}

function join({ client, server }) {
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ]) {
    socket.unpipe();
    socket.pipe(other);
  }
}

/** What it sends from now on is not read. */
function hold(socket) {
  socket.unpipe();
  socket.pause();
}

/** Node cannot reset one that is just saying goodbye, and would keep it for ever. */
function reset(socket) {
  if (socket.readyState === 'open') socket.resetAndDestroy();
  else socket.destroy();
}

module.exports = { TcpRelay };
