import { createSocket, type Socket } from 'node:dgram';
import { decode, encode, type TxtAnswer } from 'dns-packet';

/** A DNS server on loopback that knows these TXT records and nothing else. */
export class NameServer {
  private readonly records = new Map<string, string>();

  private constructor(private readonly socket: Socket) {
    socket.on('message', (message, from) => socket.send(this.answer(message), from.port, from.address));
  }

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    return new NameServer(socket);
  }

  /** Where it listens. */
  get address(): string {
    const { address, port } = this.socket.address();
    return `${address}:${port}`;
  }

  /** Puts a TXT record into the DNS. */
  say(name: string, text: string): void {
    this.records.set(name.toLowerCase(), text);
  }

  stop(): Promise<void> {
    return new Promise((done) => {
      this.socket.close(() => done());
    });
  }

  private answer(message: Buffer): Buffer {
    const { id, questions = [] } = decode(message);
    const answers: TxtAnswer[] = [];
    for (const { name, type } of questions) {
      const data = type === 'TXT' ? this.records.get(name.toLowerCase()) : undefined;
      if (data !== undefined) {
        answers.push({ type: 'TXT', name, ttl: 60, data });
      }
    }
    // NXDOMAIN (RFC 1035 §4.1.1) where nothing of that name is known.
    return encode({ type: 'response', id, flags: answers.length === 0 ? 3 : 0, questions, answers });
  }
}
