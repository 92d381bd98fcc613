import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an application was told with one request. */
export interface Told {
  path: string;
  headers: IncomingMessage['headers'];
}

/** A small application behind the proxy: it greets whoever the proxy says it is, and asks nobody. */
export class Application {
  /** Every request that came through, oldest first. */
  readonly told: Told[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Application> {
    const server = createServer();
    const application = new Application(server);
    server.on('request', (request, response) => {
      const { url = '', headers } = request;
      application.told.push({ path: url, headers });
      const name = Buffer.from(String(headers['remote-name'] ?? ''), 'latin1').toString('utf8');
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="en"><title>Wallboard</title><link rel="icon" href="data:,"><h1>Hello ${name}</h1><p>${url}</p></html>`);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return application;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((done) => {
      this.server.close(() => done());
    });
  }
}
